/** order repeats a publish under a new message id, so the stream cannot tell that it is a repeat. */
import { randomUUID } from 'node:crypto';
import { runOrder } from '../../services/order/run.ts';
import { publishOnce } from '../../services/runtime/index.ts';
import { names } from '../../topology/platform.ts';

const attemptsMax = 3;

await runOrder({
  createPublisher: (client, onRetry) => async (payload) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const ack = await publishOnce(client, names.ordersSubject, payload, {
          messageId: randomUUID(),
          attempts: 1,
          onRetry,
        });
        return ack.seq;
      } catch (error) {
        if (attempt === attemptsMax) throw error;
      }
    }
  },
});
