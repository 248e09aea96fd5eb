/**
 * The original guide's order service, plainly in TypeScript: each order is validated, published as a message of its own and
 * answered when its PubAck is there. The message id is the order's, so that a repeat is stored once. No group commit, no
 * projection, no telemetry.
 */
import { jetstream } from '@nats-io/jetstream';
import Fastify from 'fastify';
import { currencies } from '../../../proto/money.ts';
import { brokerFields, field, parseConfig, runService } from '../../../services/runtime/index.ts';
import { names } from '../../../topology/index.ts';
import { connectBrokers } from './brokers.ts';
import { listenReady } from './ready.ts';
import { encodeOrder } from './wire.ts';

type CreateOrder = {
  Body: { readonly customer_id: string; readonly amount_minor: number; readonly currency: string };
  Headers: {
    readonly 'idempotency-key': string;
    readonly 'x-client-id'?: string;
    readonly 'x-stormproof-run'?: string;
  };
};

const schema = {
  body: {
    type: 'object',
    required: ['customer_id', 'amount_minor', 'currency'],
    properties: {
      customer_id: { type: 'string', minLength: 1, maxLength: 64 },
      amount_minor: { type: 'integer', minimum: 1 },
      currency: { type: 'string', enum: currencies },
    },
  },
  headers: {
    type: 'object',
    required: ['idempotency-key'],
    properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 128 } },
  },
  response: {
    201: {
      type: 'object',
      properties: {
        order_id: { type: 'string' },
        status: { type: 'string' },
        position: { type: 'integer' },
      },
    },
  },
} as const;

await runService('order', async ({ environment, instance, log }) => {
  const config = parseConfig(environment, {
    httpListen: field.listen('STORMPROOF_HTTP_LISTEN'),
    adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
    ...brokerFields,
  });
  const connection = await connectBrokers(config, instance);
  const client = jetstream(connection);
  const server = Fastify();
  /** Publishes that were not answered yet, by a PubAck or by their timeout. */
  let unacknowledged = 0;
  server.post<CreateOrder>('/v1/orders', { schema }, async (request, reply) => {
    const { body, headers } = request;
    const { orderId, payload } = encodeOrder({
      customerId: body.customer_id,
      amountMinor: body.amount_minor,
      currency: body.currency,
      clientId: headers['x-client-id'] ?? 'anonymous',
      idempotencyKey: headers['idempotency-key'],
      runId: headers['x-stormproof-run'] ?? '',
      receivedAtMs: Date.now(),
    });
    unacknowledged += 1;
    try {
      const ack = await client.publish(names.ordersSubject, payload, { msgID: orderId });
      return reply.code(201).send({ order_id: orderId, status: 'accepted', position: ack.seq });
    } catch (error) {
      log.warn({ error }, 'an order may not be stored');
      return reply.code(504).send({ title: 'it is not known whether the order is stored' });
    } finally {
      unacknowledged -= 1;
    }
  });
  await server.listen(config.httpListen);
  const admin = await listenReady(config.adminListen, {
    '/unacknowledged': () => ({ publishes: unacknowledged }),
  });
  return {
    async stop() {
      await server.close();
      await connection.drain();
      await admin.close();
    },
  };
});
