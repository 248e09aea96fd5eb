import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import { names } from '../../topology/index.ts';
import { withBrokers } from './brokers.ts';

/** Whether everything that was sent has been settled, and what is left if not. */
export type Rest = { readonly isDrained: boolean; readonly left: string };

const pollMs = 100;
/** A peer's publish that timed out has left its process; a broker stores it within this time or not at all. */
const quietMs = 2_000;

/**
 * Waits until payment has acknowledged every message on the orders stream, order waits for no PubAck, and nothing has been
 * stored for a while: an order whose client was told that nobody knows may be stored yet. That is rest for a peer, which has
 * no projection.
 *
 * @param options.readUnacknowledged publishes of order that it waits for, asked before the stream
 * @param options.signal ends the waiting early
 */
export async function awaitConsumerRest(
  target: Target,
  options: {
    readonly timeoutMs: number;
    readonly readUnacknowledged: () => Promise<number>;
    readonly signal: AbortSignal;
  },
): Promise<Rest> {
  const deadline = performance.now() + options.timeoutMs;
  let last = { sequence: -1, sinceMs: 0 };
  return withBrokers(target, async (_connection, manager) => {
    for (;;) {
      const unacknowledged = await options.readUnacknowledged();
      const { state } = await manager.streams.info(names.ordersStream);
      const info = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
      const nowMs = performance.now();
      const isMoving = unacknowledged > 0 || state.last_seq !== last.sequence;
      if (isMoving) last = { sequence: state.last_seq, sinceMs: nowMs };
      const isSettled = info.num_pending + info.num_ack_pending === 0;
      if (isSettled && nowMs - last.sinceMs >= quietMs) return { isDrained: true, left: '' };
      if (options.signal.aborted || nowMs >= deadline) {
        const left = `${unacknowledged} publishes not acknowledged, ${info.num_pending} messages not delivered, ${info.num_ack_pending} not acknowledged`;
        return { isDrained: false, left };
      }
      await sleep(pollMs);
    }
  });
}

/** Asks the order services of a peer how many publishes they wait for (`peers/order.ts`). */
export async function readPeerUnacknowledged(target: Target): Promise<number> {
  const { orderAdmin } = await target.addresses();
  const counts = await Promise.all(
    orderAdmin.map(async (url) => {
      const response = await fetch(`${url}/unacknowledged`, { signal: AbortSignal.timeout(5_000) });
      const { publishes } = (await response.json()) as { readonly publishes?: unknown };
      if (typeof publishes !== 'number') throw new Error(`${url} does not say what it waits for`);
      return publishes;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
