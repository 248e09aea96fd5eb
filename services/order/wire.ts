import { decodeOrderGroup, decodePaymentGroup, encodeOrderGroup } from '../../proto/codec.ts';
import { toMajorUnits } from '../../proto/money.ts';
import type { Order } from './order.ts';

/** @returns one JetStream message: an OrderGroup */
export function encodeGroup(orders: readonly Order[]): Uint8Array {
  return encodeOrderGroup(
    orders.map((order) => ({
      orderId: order.orderId,
      customerId: order.customerId,
      totalAmount: toMajorUnits(order.amountMinor, order.currency),
      amountMinor: BigInt(order.amountMinor),
      currency: order.currency,
      clientId: order.clientId,
      idempotencyKey: order.idempotencyKey,
      chargeKey: order.chargeKey,
      traceparent: order.traceparent,
      runId: order.runId,
      receivedAtMs: BigInt(order.receivedAtMs),
    })),
  );
}

/** The fields of fixed size, all tags and all lengths. */
const fixedBytesMax = 192;

/** An upper bound of what an order adds to its group, in bytes; a UTF-16 unit takes at most three in UTF-8. */
export function encodedBytesMax(order: Order): number {
  return (
    fixedBytesMax +
    3 * order.customerId.length +
    order.clientId.length +
    order.idempotencyKey.length +
    order.runId.length
  );
}

/** What the projection keeps of a stored order. */
export type OrderRow = Pick<
  Order,
  'orderId' | 'chargeKey' | 'clientId' | 'customerId' | 'amountMinor' | 'currency' | 'runId' | 'receivedAtMs'
>;

/** What the projection keeps of an outcome, and the trace it belongs to. */
export type OutcomeRow = {
  readonly orderId: string;
  /** The number of proto's TerminalState, 1 to 4. */
  readonly state: number;
  /** Empty when charged. */
  readonly reason: string;
  /** Empty unless charged. */
  readonly chargeId: string;
  readonly receivedAtMs: number;
  readonly traceparent: string;
};

/** What messages mean to the projection. */
export type Reading = {
  /** The orders of a message on the orders stream. @throws when it cannot be decoded */
  readonly orders: (payload: Uint8Array) => readonly OrderRow[];
  /** The outcomes of a message on the outcomes stream. @throws when it cannot be decoded */
  readonly outcomes: (payload: Uint8Array) => readonly OutcomeRow[];
};

/** Outcomes without a terminal state say nothing and are left out. */
export const wireReading: Reading = {
  orders: (payload) =>
    decodeOrderGroup(payload).map((order) => ({
      orderId: order.orderId,
      chargeKey: order.chargeKey,
      clientId: order.clientId,
      customerId: order.customerId,
      amountMinor: Number(order.amountMinor),
      currency: order.currency,
      runId: order.runId,
      receivedAtMs: Number(order.receivedAtMs),
    })),
  outcomes: (payload) =>
    decodePaymentGroup(payload)
      .filter((payment) => payment.orderId !== '' && payment.terminalState !== 0)
      .map((payment) => ({
        orderId: payment.orderId,
        state: payment.terminalState,
        reason: payment.reason,
        chargeId: payment.chargeId,
        receivedAtMs: Number(payment.receivedAtMs),
        traceparent: payment.traceparent,
      })),
};
