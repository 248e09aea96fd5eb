import { deriveOrderId } from '../../proto/identity.ts';
import { ProblemError } from '../runtime/index.ts';
import type { Acceptance, Acceptor } from './accept.ts';
import type { Guard } from './clients/guard.ts';
import type { Instruments } from './instruments.ts';
import type { OrderRoute, Tracing } from './tracing.ts';

/** An order as its client writes it, valid by `orderBodySchema`. */
export type OrderBody = {
  readonly customer_id: string;
  readonly amount_minor: number;
  readonly currency: string;
};

/** What a request says of the occasion on which it is sent, valid by `senderHeaders`. */
export type SenderHeaders = {
  readonly 'x-stormproof-run'?: string;
  readonly traceparent?: string;
};

export type SentOrder = {
  readonly body: OrderBody;
  readonly idempotencyKey: string;
  /** Whose key and whose order it is. */
  readonly clientId: string;
  readonly headers: SenderHeaders;
  readonly route: OrderRoute;
};

/** Hands one order in, whichever way it came. @throws ProblemError (rejects) as {@link Acceptor} does */
export type HandIn = (sent: SentOrder) => Promise<Acceptance>;

/**
 * Makes what is between a route and the acceptor: a valid body gets its identity and its trace, and what becomes of it is
 * told. An order has the same identity by whichever route it comes.
 */
export function createHandIn(parts: {
  readonly acceptor: Pick<Acceptor, 'accept'>;
  readonly chargeKeyOf: (clientId: string, idempotencyKey: string) => string;
  readonly guard: Pick<Guard, 'accepted'>;
  readonly tracing: Pick<Tracing, 'begin' | 'carried' | 'end'>;
  readonly instruments: Pick<Instruments, 'orderReplayed'>;
}): HandIn {
  const { acceptor, chargeKeyOf, guard, tracing, instruments } = parts;
  return async ({ body, idempotencyKey, clientId, headers, route }) => {
    const trace = tracing.begin(headers.traceparent);
    const order = {
      customerId: body.customer_id,
      amountMinor: body.amount_minor,
      currency: body.currency,
      clientId,
      idempotencyKey,
      orderId: '',
      chargeKey: chargeKeyOf(clientId, idempotencyKey),
      runId: headers['x-stormproof-run'] ?? '',
      traceparent: tracing.carried(trace),
      receivedAtMs: trace.startMs,
    };
    order.orderId = deriveOrderId(clientId, idempotencyKey, order);
    let status = 201;
    let isPublished = true;
    try {
      const acceptance = await acceptor.accept(order);
      isPublished = !acceptance.isReplay;
      if (acceptance.isReplay) instruments.orderReplayed();
      else guard.accepted(clientId);
      return acceptance;
    } catch (error) {
      status = error instanceof ProblemError ? error.status : 500;
      isPublished = status === 504;
      throw error;
    } finally {
      tracing.end(trace, { route, status, orderId: order.orderId, runId: order.runId, isPublished });
    }
  };
}
