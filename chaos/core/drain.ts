import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { metrics } from '../../observability/names/metrics.ts';
import type { Addresses } from '../../targets/target.ts';
import { names } from '../../topology/platform.ts';
import { reasonOf } from './attempt.ts';
import { type WithBrokers, withBrokers } from './brokers.ts';
import { readReadings } from './gauges.ts';

/** What the platform has not finished with yet. */
export type Backlog = {
  /** Orders that replicas have taken and that are not known to be stored: queued, or published and not acknowledged. */
  readonly queued: number;
  /** Groups that were not delivered to payment. */
  readonly pending: number;
  /** Groups that payment holds. */
  readonly ackPending: number;
  /** Messages that projections have not applied. */
  readonly unprojected: number;
  /** Messages that projections have applied, and that the streams do not have. */
  readonly unstored: number;
};

/**
 * Waits until the platform has come to rest: no order is on its way to a stream, every order group was delivered and
 * acknowledged, and every projection has applied exactly the orders and outcomes that are stored.
 *
 * @param options.signal ends the waiting early
 * @returns whether that happened within the time, and what was left if not
 * @throws when no broker answers from the start
 */
export async function awaitDrain(options: {
  readonly target: Pick<WithBrokers, 'brokerLogin'> & {
    addresses(): Promise<Pick<Addresses, 'nats' | 'orderAdmin'>>;
  };
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
        left = leftOf(backlog);
        if (left === '') return { isDrained: true, left };
      } catch (error) {
        left = `the platform did not answer: ${reasonOf(error)}`;
      }
      if (options.signal?.aborted || performance.now() >= deadline) return { isDrained: false, left };
      await sleep(250);
    }
  });
}

/** What is not finished, in words; empty when everything is. Pure. */
export function leftOf({ queued, pending, ackPending, unprojected, unstored }: Backlog): string {
  const parts: readonly (readonly [count: number, what: string])[] = [
    [queued, 'orders not known to be stored'],
    [pending, 'groups not delivered'],
    [ackPending, 'groups not acknowledged'],
    [unprojected, 'messages not projected'],
    [unstored, 'messages projected that no stream has'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');
}

/** Reads in the order in which an order goes, so that nothing moves on unseen into what was looked at before. */
async function readBacklog(manager: JetStreamManager, orderAdmin: readonly string[]): Promise<Backlog> {
  const queued = await Promise.all(orderAdmin.map(readQueued));
  const consumer = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
  const [orders = 0, outcomes = 0] = await Promise.all(
    [names.ordersStream, names.outcomesStream].map(
      async (stream) => (await manager.streams.info(stream)).state.last_seq,
    ),
  );
  const positions = await Promise.all(orderAdmin.map(readProjectionPosition));
  const behind = positions.flatMap((position) => [orders - position.orders, outcomes - position.outcomes]);
  return {
    queued: queued.reduce((sum, count) => sum + count, 0),
    pending: consumer.num_pending,
    ackPending: consumer.num_ack_pending,
    unprojected: behind.reduce((sum, messages) => sum + Math.max(0, messages), 0),
    unstored: behind.reduce((sum, messages) => sum + Math.max(0, -messages), 0),
  };
}

async function readQueued(adminUrl: string): Promise<number> {
  const queued = (await readReadings(adminUrl, AbortSignal.timeout(5_000))).find(
    ({ metric }) => metric === metrics.ordersQueued.name,
  );
  if (queued === undefined) throw new Error(`${adminUrl} does not say how many orders wait`);
  return queued.value;
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
