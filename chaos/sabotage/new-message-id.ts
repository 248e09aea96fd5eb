/**
 * order is impatient and repeats a publish under a new message id, so the stream cannot tell that it is a repeat.
 * Breaks `over-stored`.
 */
import { randomUUID } from 'node:crypto';
import { runOrder } from '../../services/order/run.ts';
import { publishOnce } from '../../services/runtime/index.ts';
import { names } from '../../topology/platform.ts';

const impatientMs = 5;

await runOrder({
  createPublisher: (client, onRetry) => async (payload) => {
    const once = (ackTimeoutMs: number) =>
      publishOnce(client, names.ordersSubject, payload, {
        messageId: randomUUID(),
        attempts: 1,
        ackTimeoutMs,
        onRetry,
      });
    const ack = await once(impatientMs).catch(() => once(2_000));
    return ack.seq;
  },
});
