/** order of the previous version: see toPreviousSchema. */
import { createPublisher } from '../../services/order/publisher.ts';
import { runOrder } from '../../services/order/run.ts';
import { toPreviousSchema } from './schema.ts';

await runOrder({
  createPublisher: (...parts) => {
    const publish = createPublisher(...parts);
    return (payload, messageId) => publish(toPreviousSchema(payload), messageId);
  },
});
