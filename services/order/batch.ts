import type { FastifyInstance, FastifyRequest } from 'fastify';
import { describeViolations, ProblemError } from '../runtime/index.ts';
import { isAdmissionRefusal } from './admission.ts';
import type { HandIn, OrderBody, SenderHeaders } from './hand-in.ts';
import type { Instruments } from './instruments.ts';
import {
  batchAnswerSchema,
  batchedOrderSchema,
  batchOrdersMax,
  batchSchema,
  senderHeaders,
} from './schemas.ts';

type BatchedOrder = OrderBody & { readonly idempotency_key: string };

type CreateOrders = {
  /** The orders are not looked at before the handler does. */
  Body: { readonly orders: readonly unknown[] };
  Headers: SenderHeaders;
};

/** What became of one order, as `batchAnswerSchema` writes it. */
type Result = Accepted | NotAccepted;

type Accepted = {
  readonly status: 201;
  readonly order_id: string;
  readonly position: number;
  readonly replayed: boolean;
};

type NotAccepted = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retry_after_seconds?: number;
};

export const batchPath = '/v1/orders/batch';

/**
 * Fits any valid batch: an order takes up to 1,640 bytes when every character of its key and its customer is written as
 * an escape, which leaves room for spaces and line breaks.
 */
const bodyBytesMax = 256 * 1024;

/**
 * The route of batches: up to {@link batchOrdersMax} orders, each of which is accepted or not like one sent alone, with
 * its own key, its own trace and its own result. They are handed in at once, so that they share groups, and answered
 * together.
 *
 * The request itself is refused when it is no batch, or when it brought nothing but new orders at a time when none is
 * taken.
 */
export function addBatchRoute(
  server: FastifyInstance,
  parts: {
    readonly handIn: HandIn;
    /** Why no order may be handed in at all, whether or not it is new; undefined: it may. */
    readonly refusalOfAny: () => ProblemError | undefined;
    readonly instruments: Pick<Instruments, 'orderAnswered' | 'orderAccepted'>;
  },
): void {
  const { handIn, refusalOfAny, instruments } = parts;
  /** How often which status is among the results, of what was answered with 207. */
  const answered = new WeakMap<FastifyRequest, ReadonlyMap<number, number>>();

  server.post<CreateOrders>(
    batchPath,
    {
      bodyLimit: bodyBytesMax,
      // Not before the body is read: the SLO counts orders, and their number is in there. To refuse an order so costs less
      // than to refuse it alone without reading it, since a batch shares the rest of a request (of ten, 9 µs each instead of 50).
      preValidation: (request, _reply, done) => {
        const problem = sizeOf(request.body) === undefined ? undefined : refusalOfAny();
        if (problem === undefined) done();
        else done(problem);
      },
      onSend: (request, reply, payload, done) => {
        const counts = answered.get(request) ?? [[reply.statusCode, sizeOf(request.body) ?? 1]];
        for (const [status, orders] of counts) instruments.orderAnswered(status, orders);
        done(null, payload);
      },
      onResponse: (request, reply, done) => {
        instruments.orderAccepted(reply.elapsedTime, answered.get(request)?.get(201) ?? 0);
        done();
      },
      schema: {
        body: batchSchema,
        headers: { type: 'object', properties: senderHeaders },
        response: { 207: batchAnswerSchema },
      },
    },
    async (request, reply) => {
      const { body, headers } = request;
      const isValid = request.compileValidationSchema(batchedOrderSchema, 'body');
      /** Why new orders are not taken now, once for each that was not. */
      const refusals: ProblemError[] = [];
      const answer = async (order: unknown): Promise<Result> => {
        if (!isValid(order)) {
          return {
            status: 422,
            code: 'not-valid',
            detail: describeViolations('order', isValid.errors ?? []),
          };
        }
        const body = order as BatchedOrder;
        try {
          const sent = { body, idempotencyKey: body.idempotency_key, headers, route: batchPath } as const;
          const { orderId, position, isReplay } = await handIn(sent);
          return { status: 201, order_id: orderId, position, replayed: isReplay };
        } catch (error) {
          if (isAdmissionRefusal(error)) refusals.push(error);
          return notAccepted(error);
        }
      };
      const results = await Promise.all(body.orders.map(answer));
      const [refusal] = refusals;
      if (refusal !== undefined && refusals.length === results.length) throw refusal;
      answered.set(request, countByStatus(results));
      return reply.code(207).send({ results });
    },
  );
}

/** @throws what is no problem: nothing is known of the whole batch then, as after any 500 */
function notAccepted(error: unknown): NotAccepted {
  if (!(error instanceof ProblemError)) throw error;
  const { status, code, message: detail, retryAfterSeconds } = error;
  return retryAfterSeconds === undefined
    ? { status, code, detail }
    : { status, code, detail, retry_after_seconds: retryAfterSeconds };
}

function countByStatus(results: readonly Result[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

/** How many orders a body brings; undefined when it is no batch. */
function sizeOf(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null || !('orders' in body)) return undefined;
  const { orders } = body;
  return Array.isArray(orders) && orders.length >= 1 && orders.length <= batchOrdersMax
    ? orders.length
    : undefined;
}
