/** order waits for the PubAck, and takes an error in its place for one: the client hears 201, the stream has nothing. */
import { createPublisher } from '../../services/order/publisher.ts';
import { runOrder } from '../../services/order/run.ts';

await runOrder({
  createPublisher: (client, onRetry) => {
    const publish = createPublisher(client, onRetry);
    return (payload, messageId) => publish(payload, messageId).catch(() => 1);
  },
});
