/**
 * The original guide's payment service, plainly in TypeScript: each message is charged by a call of its own, its outcome
 * published as a message of its own, and then the message is acknowledged by itself. What fails is delivered again. As many
 * messages are worked on at once as the durable consumer lets out.
 */
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { createPspProvider } from '../../../services/payment/providers/psp.ts';
import { brokerFields, field, parseConfig, runService } from '../../../services/runtime/index.ts';
import { names } from '../../../topology/index.ts';
import { connectBrokers } from './brokers.ts';
import { listenReady } from './ready.ts';
import { decodeOrder, encodeOutcome } from './wire.ts';

const againAfterMs = 1_000;
/** Of one call to the provider: as the edge of the topology says for ours. */
const deadlineMs = 2_000;

await runService('payment', async ({ environment, instance, log }) => {
  const config = parseConfig(environment, {
    adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
    ...brokerFields,
    providerUrl: field.httpUrl('STORMPROOF_PSP_URL'),
  });
  const connection = await connectBrokers(config, instance);
  const client = jetstream(connection);
  const provider = createPspProvider({ baseUrl: config.providerUrl, deadlineMs });

  const settle = async (message: JsMsg): Promise<void> => {
    try {
      const order = decodeOrder(message.data);
      const { orderId, chargeKey, currency, runId } = order;
      const amountMinor = Number(order.amountMinor);
      const answer = await provider.charge({
        ...{ orderId, chargeKey, amountMinor, currency, runId },
        traceparent: undefined,
      });
      if (answer.status === 'error') throw new Error(`the provider failed: ${answer.reason}`);
      await client.publish(names.outcomesSubject, encodeOutcome(order, answer), {
        msgID: `outcome:${orderId}`,
      });
      message.ack();
    } catch (error) {
      log.warn({ error, sequence: message.seq }, 'an order could not be settled and is delivered again');
      message.nak(againAfterMs);
    }
  };

  const consumer = await client.consumers.get(names.ordersStream, names.paymentConsumer);
  const messages = await consumer.consume({
    max_messages: 256,
    callback: (message) => void settle(message),
  });
  const admin = await listenReady(config.adminListen);
  return {
    async stop() {
      await messages.close();
      await connection.drain();
      provider.close();
      await admin.close();
    },
  };
});
