import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { ProblemError } from '../runtime/index.ts';
import { type Acceptor, tooManyWaiting } from './accept.ts';
import { addBatchRoute, batchPath } from './batch.ts';
import type { Guard, Limited } from './clients/guard.ts';
import type { HandIn, OrderBody } from './hand-in.ts';
import type { Instruments } from './instruments.ts';
import { renderOpenApi } from './openapi.ts';
import { createTooManyWaiting, orderPath, requestRefused } from './overload.ts';
import type { OrderView, Projection } from './projection.ts';
import {
  acceptedSchema,
  clientHeaders,
  createHeadersSchema,
  orderBodySchema,
  orderIdSchema,
  orderSchema,
  positionSchema,
} from './schemas.ts';
import type { CreateHeaders } from './single-order.ts';

type CreateOrder = { Body: OrderBody; Headers: CreateHeaders };

type GetOrder = {
  Params: { readonly order_id: string };
  Querystring: { readonly position?: string };
};

/** How long a read waits for the projection to reach the position it was given. */
const readWaitMs = 1_000;

const shuttingDown = new ProblemError(
  503,
  'shutting-down',
  'this instance is shutting down; this request stored nothing',
  { retryAfterSeconds: 1 },
);

/** The public API: hand in orders, one or many, read one, read the description of the API. */
export function addOrderRoutes(
  server: FastifyInstance,
  parts: {
    readonly acceptor: Acceptor;
    readonly projection: Pick<Projection, 'get' | 'reached'>;
    readonly chargeKeyOf: (clientId: string, idempotencyKey: string) => string;
    readonly guard: Guard;
    /** True once the service takes no more requests; those that still come are refused. */
    readonly isClosing: () => boolean;
    /** True while no new order can be queued. */
    readonly isFull: () => boolean;
    /** When orders that are refused for that may be sent again; how many they are, default 1. */
    readonly retryAfterSeconds: (orders?: number) => number;
    readonly handIn: HandIn;
    readonly instruments: Instruments;
  },
): void {
  const { acceptor, projection, chargeKeyOf, guard, handIn, isClosing, isFull, retryAfterSeconds } = parts;
  const { instruments } = parts;
  const refusalOfRequest = createTooManyWaiting(requestRefused);
  const refusalOfOrder = createTooManyWaiting(tooManyWaiting.detail);
  instruments.measure(server);

  const letIn =
    (what: Limited): onRequestHookHandler =>
    ({ raw }, _reply, done) => {
      if (guard.isKnown(raw)) return done();
      const problem = guard.identify(raw) ?? guard.spend(raw, what, 1);
      if (problem === undefined) done();
      else done(problem);
    };

  // Those that are not quite ordinary, and those that are not right (single-order.ts).
  server.post<CreateOrder>(
    orderPath,
    {
      // Those that come by a connection were let in before (overload.ts).
      ...(guard.isClosed ? { onRequest: letIn('orders') } : {}),
      // Not onResponse: that is not called when the client went away, as it does from the slowest answers.
      onSend: (_request, reply, payload, done) => {
        instruments.orderAnswered(reply.statusCode);
        if (reply.statusCode === 201) instruments.orderAccepted(reply.elapsedTime);
        done(null, payload);
      },
      schema: {
        body: orderBodySchema,
        headers: createHeadersSchema,
        response: { 201: acceptedSchema },
      },
    },
    async (request, reply) => {
      const { body, headers } = request;
      const idempotencyKey = headers['idempotency-key'];
      const clientId = guard.clientIdOf(request.raw);
      const sent = { body, idempotencyKey, clientId, headers, route: orderPath } as const;
      const { orderId, position, isReplay } = await handIn(sent);
      if (isReplay) reply.header('idempotency-replayed', 'true');
      reply.code(201).header('location', `/v1/orders/${orderId}?position=${position}`);
      return { order_id: orderId, status: 'accepted', position };
    },
  );

  addBatchRoute(server, {
    handIn,
    refusalOfReading: () => refusalOfRequest(retryAfterSeconds()),
    refusalOfAny: (orders, request) => {
      if (isClosing()) return shuttingDown;
      const overLimit = guard.spend(request, 'orders', orders);
      if (overLimit !== undefined) return overLimit;
      return isFull() ? refusalOfRequest(retryAfterSeconds(orders)) : undefined;
    },
    refusalOfNew: (idempotencyKey, clientId) =>
      isFull() && !acceptor.isKnown(chargeKeyOf(clientId, idempotencyKey))
        ? refusalOfOrder(retryAfterSeconds())
        : undefined,
    guard,
    instruments,
  });

  server.get<GetOrder>(
    '/v1/orders/:order_id',
    {
      onRequest: [noStore, ...(guard.isClosed ? [letIn('reads')] : [])],
      schema: {
        params: { type: 'object', properties: { order_id: orderIdSchema } },
        querystring: { type: 'object', properties: { position: positionSchema } },
        headers: { type: 'object', properties: clientHeaders },
        response: { 200: orderSchema },
      },
    },
    async (request) => {
      const { position } = request.query;
      if (position !== undefined) await projection.reached(Number(position), readWaitMs);
      const order = projection.get(request.params.order_id);
      if (order === undefined || order.clientId !== guard.clientIdOf(request.raw)) {
        throw new ProblemError(404, 'no-such-order', 'there is no such order');
      }
      return toWire(order);
    },
  );

  const openApi = renderOpenApi(guard);
  server.get('/openapi.json', () => openApi);

  server.addHook('onRequest', (request, reply, done) => {
    if (!isClosing()) return done();
    reply.header('connection', 'close');
    // A batch is refused once it is read: the SLO counts the orders in it.
    if (request.routeOptions.url === batchPath) return done();
    done(shuttingDown);
  });
}

/** What a client may see is nothing for a cache that others share. */
const noStore: onRequestHookHandler = (_request, reply, done) => {
  reply.header('cache-control', 'no-store');
  done();
};

function toWire(order: OrderView) {
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    amount_minor: order.amountMinor,
    currency: order.currency,
    status: order.state,
    ...(order.reason === '' ? {} : { reason: order.reason }),
    ...(order.chargeId === '' ? {} : { charge_id: order.chargeId }),
    position: order.position,
  };
}
