import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type OrderCreated,
  OrderCreatedSchema,
  OrderGroupSchema,
  PaymentGroupSchema,
  PaymentProcessedSchema,
  TerminalState,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import { deriveChargeKey, deriveOrderId } from '../../../proto/identity.ts';
import { toMajorUnits } from '../../../proto/money.ts';
import type { ChargeAnswer } from '../../../services/payment/providers/provider.ts';

/** What a client hands in, with who it is. */
export type NewOrder = {
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly clientId: string;
  readonly idempotencyKey: string;
  readonly runId: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
};

/**
 * One order as one message: a group of one, two bytes more than the order alone, so that the ledger that audits the
 * platform audits the peer as well. Ids are derived for the same reason.
 */
export function encodeOrder(order: NewOrder): { readonly orderId: string; readonly payload: Uint8Array } {
  const orderId = deriveOrderId(order.clientId, order.idempotencyKey, order);
  const created = create(OrderCreatedSchema, {
    ...order,
    orderId,
    totalAmount: toMajorUnits(order.amountMinor, order.currency),
    amountMinor: BigInt(order.amountMinor),
    chargeKey: deriveChargeKey(order.clientId, order.idempotencyKey),
    receivedAtMs: BigInt(order.receivedAtMs),
  });
  return { orderId, payload: toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [created] })) };
}

/** @throws Error when the message does not hold an order */
export function decodeOrder(payload: Uint8Array): OrderCreated {
  const [order] = fromBinary(OrderGroupSchema, payload).orders;
  if (order === undefined) throw new Error('the message holds no order');
  return order;
}

const states = {
  charged: TerminalState.CHARGED,
  declined: TerminalState.DECLINED,
  conflict: TerminalState.CONFLICT,
} as const;

/** How one order ended, as one message. */
export function encodeOutcome(
  order: OrderCreated,
  answer: Exclude<ChargeAnswer, { status: 'error' }>,
): Uint8Array {
  const outcome = create(PaymentProcessedSchema, {
    orderId: order.orderId,
    status: answer.status,
    terminalState: states[answer.status],
    reason: answer.status === 'declined' ? answer.reason : '',
    chargeId: answer.status === 'charged' ? answer.chargeId : '',
    amountMinor: order.amountMinor,
    currency: order.currency,
    runId: order.runId,
    receivedAtMs: order.receivedAtMs,
  });
  return toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments: [outcome] }));
}
