import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { Target } from '../../targets/target.ts';
import { names } from '../../topology/platform.ts';
import { reasonOf } from './attempt.ts';
import { withBrokers } from './brokers.ts';

/** What the platform has not finished with yet. */
export type Backlog = {
  /** Groups that were not delivered to payment. */
  readonly pending: number;
  /** Groups that payment holds. */
  readonly ackPending: number;
  /** Messages that projections have not applied. */
  readonly unprojected: number;
};

/**
 * Waits until the platform has come to rest: every order group was delivered and acknowledged, and every projection
 * has applied every order and outcome.
 *
 * @param options.signal ends the waiting early
 * @returns whether that happened within the time, and what was left if not
 * @throws when no broker answers from the start
 */
export async function awaitDrain(options: {
  readonly target: Target;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress: (backlog: Backlog) => void;
}): Promise<{ readonly isDrained: boolean; readonly left: string }> {
  const { orderAdmin } = await options.target.addresses();
  const deadline = performance.now() + options.timeoutMs;
  return withBrokers(options.target, { reconnectsMax: -1 }, async (connection) => {
    const manager = await jetstreamManager(connection, { timeout: 3_000, checkAPI: false });
    for (;;) {
      let left: string;
      try {
        const backlog = await readBacklog(manager, orderAdmin);
        options.onProgress(backlog);
        if (backlog.pending + backlog.ackPending + backlog.unprojected === 0) {
          return { isDrained: true, left: '' };
        }
        left = `${backlog.pending} groups not delivered, ${backlog.ackPending} not acknowledged, ${backlog.unprojected} messages not projected`;
      } catch (error) {
        left = `the platform did not answer: ${reasonOf(error)}`;
      }
      if (options.signal?.aborted || performance.now() >= deadline) return { isDrained: false, left };
      await sleep(250);
    }
  });
}

async function readBacklog(manager: JetStreamManager, orderAdmin: readonly string[]): Promise<Backlog> {
  const consumer = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
  const [orders, outcomes] = await Promise.all(
    [names.ordersStream, names.outcomesStream].map(
      async (stream) => (await manager.streams.info(stream)).state.last_seq,
    ),
  );
  const lags = await Promise.all(
    orderAdmin.map(async (url) => {
      const position = await readProjectionPosition(url);
      return Math.max(0, (orders ?? 0) - position.orders) + Math.max(0, (outcomes ?? 0) - position.outcomes);
    }),
  );
  return {
    pending: consumer.num_pending,
    ackPending: consumer.num_ack_pending,
    unprojected: lags.reduce((sum, lag) => sum + lag, 0),
  };
}

/** The position is on the last line of the listing; no run is called `no-run`, so that is its only line. */
async function readProjectionPosition(
  adminUrl: string,
): Promise<{ readonly orders: number; readonly outcomes: number }> {
  const response = await fetch(`${adminUrl}/admin/projection?run_id=no-run`, {
    signal: AbortSignal.timeout(5_000),
  });
  const lastLine = (await response.text()).trimEnd().split('\n').at(-1) ?? '';
  const end = JSON.parse(lastLine) as { orders_position?: number; outcomes_position?: number };
  if (end.orders_position === undefined || end.outcomes_position === undefined) {
    throw new Error(`${adminUrl} does not say what its projection has applied`);
  }
  return { orders: end.orders_position, outcomes: end.outcomes_position };
}
