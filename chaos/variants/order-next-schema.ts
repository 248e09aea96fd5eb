/** order of the next version: see toNextSchema. */
import { createPublisher } from '../../services/order/publisher.ts';
import { runOrder } from '../../services/order/run.ts';
import { toNextSchema } from './schema.ts';

await runOrder({
  createPublisher: (...parts) => {
    const publish = createPublisher(...parts);
    return (payload, messageId) => publish(toNextSchema(payload), messageId);
  },
});
