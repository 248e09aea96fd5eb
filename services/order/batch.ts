import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { batchOrdersMax } from '../../proto/batch.ts';
import { describeViolations, ProblemError } from '../runtime/index.ts';
import { isAdmissionRefusal } from './admission.ts';
import { createIntake } from './batch-intake.ts';
import type { Guard } from './clients/guard.ts';
import type { HandIn, OrderBody, SenderHeaders } from './hand-in.ts';
import type { Instruments } from './instruments.ts';
import {
  batchAnswerSchema,
  batchBodyBytesMax,
  batchedOrderSchema,
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

type Validate = NonNullable<ReturnType<FastifyRequest['getValidationFunction']>>;

export const batchPath = '/v1/orders/batch';

/** Bytes of batches that are being read. Those of single orders are small; these would be memory without bound. */
const readingBytesMax = 64 * batchBodyBytesMax;

/** What has more members is no order and no batch; to say of each of tens of thousands that it is unknown takes long. */
const membersMax = 16;

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
    /** What a request is told whose body is not read, since too many others are. */
    readonly refusalOfReading: () => ProblemError;
    /** Why none of so many orders may be handed in, whether or not they are new; undefined: they may. */
    readonly refusalOfAny: (orders: number, request: IncomingMessage) => ProblemError | undefined;
    /**
     * Why an order may not be handed in just now, at little cost; undefined: it may, as may at any time one whose key gets the
     * answer of an earlier one.
     */
    readonly refusalOfNew: (idempotencyKey: string, clientId: string) => ProblemError | undefined;
    readonly guard: Guard;
    readonly instruments: Pick<Instruments, 'orderAnswered' | 'orderAccepted'>;
  },
): void {
  const { handIn, refusalOfReading, refusalOfAny, refusalOfNew, guard, instruments } = parts;
  const intake = createIntake<FastifyRequest>(readingBytesMax);
  /** How many orders were handed in. */
  const handedIn = new WeakMap<FastifyRequest, number>();
  /** How often which status is among the results, of what was answered with 207. */
  const answered = new WeakMap<FastifyRequest, ReadonlyMap<number, number>>();
  let validate: Validate | undefined;
  // Before the first request, which would wait for it.
  server.addHook('onReady', (done) => {
    validate = server.validatorCompiler?.({
      schema: batchedOrderSchema,
      method: 'POST',
      url: batchPath,
      httpPart: 'body',
    }) as Validate | undefined;
    done(validate === undefined ? new Error('there is no compiler for the schema of an order') : undefined);
  });

  /** @throws what is no problem (rejects) */
  const answer = async (
    order: unknown,
    clientId: string,
    headers: SenderHeaders,
    refusals: ProblemError[],
  ): Promise<Result> => {
    if (hasTooManyMembers(order)) return notValid(tooManyMembers('order'));
    if (!validate?.(order)) return notValid(describeViolations('order', validate?.errors ?? []));
    const body = order as BatchedOrder;
    const idempotencyKey = body.idempotency_key;
    const refusal = refusalOfNew(idempotencyKey, clientId);
    if (refusal !== undefined) return notAccepted(refusal);
    try {
      const { orderId, position, isReplay } = await handIn({
        body,
        idempotencyKey,
        clientId,
        headers,
        route: batchPath,
      });
      return { status: 201, order_id: orderId, position, replayed: isReplay };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (isAdmissionRefusal(error)) refusals.push(error);
      return notAccepted(error);
    }
  };

  /**
   * Hands in the orders of a batch and lets go of its body: an order that waits keeps what it needs of it, and whatever
   * else was in there would be held as long.
   */
  const handInAll = (request: FastifyRequest<CreateOrders>, refusals: ProblemError[]) => {
    const { orders } = request.body;
    handedIn.set(request, ordersIn(orders));
    const clientId = guard.clientIdOf(request.raw);
    const answers = orders.map((order) => answer(order, clientId, request.headers, refusals));
    request.body = { orders: [] };
    return Promise.allSettled(answers);
  };

  server.post<CreateOrders>(
    batchPath,
    {
      bodyLimit: batchBodyBytesMax,
      onRequest: (request, _reply, done) => {
        const stranger = guard.identify(request.raw);
        if (stranger !== undefined) return done(stranger);
        const declared = Number(request.headers['content-length']) || batchBodyBytesMax;
        if (!intake.enter(request, Math.min(declared, batchBodyBytesMax))) return done(refusalOfReading());
        // The only word of a client that went away before its body was there.
        request.raw.once('close', () => intake.leave(request));
        done();
      },
      // Not before the body is read: the SLO counts orders, and their number is in there. To refuse an order so costs
      // less than to refuse it alone without reading it, since a batch shares the rest of a request (of ten, 9 µs each
      // instead of 50).
      preValidation: (request, _reply, done) => {
        intake.leave(request);
        const { body } = request;
        if (hasTooManyMembers(body)) return done(new ProblemError(422, 'not-valid', tooManyMembers('body')));
        const problem = isBatch(body) ? refusalOfAny(body.orders.length, request.raw) : undefined;
        if (problem === undefined) done();
        else done(problem);
      },
      // Not onResponse: that is not called when the client went away, as it does from the slowest answers.
      onSend: (request, reply, payload, done) => {
        intake.leave(request);
        const { body } = request;
        const orders = handedIn.get(request) ?? (isBatch(body) ? ordersIn(body.orders) : 1);
        const counts = answered.get(request) ?? [[reply.statusCode, orders]];
        for (const [status, count] of counts) {
          instruments.orderAnswered(status, count);
          if (status === 201) instruments.orderAccepted(reply.elapsedTime, count);
        }
        done(null, payload);
      },
      schema: {
        body: batchSchema,
        headers: { type: 'object', properties: senderHeaders },
        response: { 207: batchAnswerSchema },
      },
    },
    async (request, reply) => {
      /** Why new orders are not taken now, once for each that was not. */
      const refusals: ProblemError[] = [];
      const answers = await handInAll(request, refusals);
      const results = answers.map((settled) => {
        // Nothing is known of the whole batch then, as after any 500.
        if (settled.status === 'rejected') throw settled.reason;
        return settled.value;
      });
      const [refusal] = refusals;
      if (refusal !== undefined && refusals.length === results.length) throw refusal;
      answered.set(request, countByStatus(results));
      return reply.code(207).send({ results });
    },
  );
}

function notValid(detail: string): NotAccepted {
  return { status: 422, code: 'not-valid', detail };
}

function notAccepted({ status, code, message: detail, retryAfterSeconds }: ProblemError): NotAccepted {
  return retryAfterSeconds === undefined
    ? { status, code, detail }
    : { status, code, detail, retry_after_seconds: retryAfterSeconds };
}

function countByStatus(results: readonly Result[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

function isBatch(body: unknown): body is CreateOrders['Body'] {
  if (typeof body !== 'object' || body === null || !('orders' in body)) return false;
  const { orders } = body;
  return Array.isArray(orders) && orders.length >= 1 && orders.length <= batchOrdersMax;
}

/** How many orders the SLO counts: whatever has no key would have been refused at any time. */
function ordersIn(entries: readonly unknown[]): number {
  return entries.filter((entry) => typeof entry === 'object' && entry !== null && 'idempotency_key' in entry)
    .length;
}

function hasTooManyMembers(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length > membersMax
  );
}

function tooManyMembers(what: string): string {
  return `${what} must NOT have more than ${membersMax} members`;
}
