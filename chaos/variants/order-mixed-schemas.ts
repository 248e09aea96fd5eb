/**
 * order as in the middle of a deployment and of its rollback at once: of each three groups one is of the next schema, one of
 * the schema before, and one of its own.
 */
import { createPublisher } from '../../services/order/publisher.ts';
import { runOrder } from '../../services/order/run.ts';
import { toNextSchema, toPreviousSchema } from './schema.ts';

const versions = [toNextSchema, toPreviousSchema, (payload: Uint8Array) => payload];

await runOrder({
  createPublisher: (...parts) => {
    const publish = createPublisher(...parts);
    let groups = 0;
    return (payload, messageId) => {
      const toVersion = versions[groups++ % versions.length] ?? toNextSchema;
      return publish(toVersion(payload), messageId);
    };
  },
});
