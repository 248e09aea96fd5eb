/**
 * order says 201 as soon as a group was handed to the connection: what the brokers refuse or lose is lost for good.
 */
import { runOrder } from '../../services/order/run.ts';
import { names } from '../../topology/platform.ts';

await runOrder({
  createPublisher: (client) => (payload, messageId) => {
    client.publish(names.ordersSubject, payload, { msgID: messageId, timeout: 2_000 }).catch(() => {
      // Nobody is told: that is what is wrong here.
    });
    return Promise.resolve(1);
  },
});
