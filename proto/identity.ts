import { hash } from 'node:crypto';

/** What a client says in one order; the parts that make two requests "the same order". */
export type OrderBody = {
  readonly customerId: string;
  /** Minor units of the currency; a whole number from 1 to {@link amountMinorMax}. */
  readonly amountMinor: number;
  /** ISO 4217 alphabetic code. */
  readonly currency: string;
};

/**
 * Derives an order's id from who sent it, under which key, with which body.
 *
 * The same order stored twice (a repeat that reached another replica, a retried group) has one id; another
 * body under the same key has another. 128 bits of SHA-256 make an accidental collision among 10^12 orders
 * less likely than 10^-14 (birthday bound n²/2^129).
 *
 * @returns 32 lower-case hex digits
 */
export function deriveOrderId(clientId: string, idempotencyKey: string, body: OrderBody): string {
  return digest(['order', clientId, idempotencyKey, body.customerId, body.amountMinor, body.currency]);
}

/**
 * Derives the key under which the payment provider is charged. It leaves the body out, so the provider
 * refuses a second body under a client's key instead of charging it.
 *
 * @returns 32 lower-case hex digits
 */
export function deriveChargeKey(clientId: string, idempotencyKey: string): string {
  return digest(['charge', clientId, idempotencyKey]);
}

/** The JSON text of an array of strings and numbers is unambiguous: no two arrays share one. */
function digest(parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32);
}

const derivedId = /^[0-9a-f]{32}$/;
const runName = /^[A-Za-z0-9._-]{0,64}$/;

/**
 * An order's id as logs, traces and reports may tell it. What somebody else wrote into a stream as an id can be anything, a
 * customer's name too: it is told by a digest, by which the same one is known again.
 */
export function tellableOrderId(orderId: string): string {
  return derivedId.test(orderId) ? orderId : `no-order-id-${hash('sha256', orderId, 'hex').slice(0, 12)}`;
}

/** The same of a run's id; empty for customers' orders. */
export function tellableRunId(runId: string): string {
  return runName.test(runId) ? runId : `no-run-id-${hash('sha256', runId, 'hex').slice(0, 12)}`;
}
