import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import { names } from '../../topology/index.ts';
import { withBrokers } from './brokers.ts';

/** Whether everything that was sent has been settled, and what is left if not. */
export type Rest = { readonly isDrained: boolean; readonly left: string };

const pollMs = 100;

/**
 * Waits until payment has acknowledged every message on the orders stream. That is rest for a peer: its order service
 * holds nothing once its clients have their answers, and it has no projection.
 *
 * @param options.signal ends the waiting early
 */
export async function awaitConsumerRest(
  target: Target,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Rest> {
  const deadline = performance.now() + options.timeoutMs;
  return withBrokers(target, async (_connection, manager) => {
    for (;;) {
      const info = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
      if (info.num_pending + info.num_ack_pending === 0) return { isDrained: true, left: '' };
      if (options.signal.aborted || performance.now() >= deadline) {
        const left = `${info.num_pending} messages not delivered, ${info.num_ack_pending} not acknowledged`;
        return { isDrained: false, left };
      }
      await sleep(pollMs);
    }
  });
}
