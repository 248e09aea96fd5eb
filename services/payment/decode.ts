import { decodeOrders } from '../../proto/codec.ts';
import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { amountMinorMax, isCurrency, toMajorUnits } from '../../proto/money.ts';
import { type DeadLettered, deadLetter } from './decision.ts';

/** A message of the orders stream, read. */
export type OrderGroup = {
  readonly orders: readonly OrderCreated[];
  /** Where each of the orders stands in the message, from 0. */
  readonly positions: readonly number[];
  /** What stands between them and cannot be read. */
  readonly broken: readonly BrokenOrder[];
};

export type BrokenOrder = { readonly position: number; readonly bytes: Uint8Array };

/**
 * @returns undefined when the bytes are no group of orders. A group without orders is none: nobody writes one, and
 *   foreign bytes that happen to parse end up as one.
 */
export function decodeGroup(bytes: Uint8Array): OrderGroup | undefined {
  try {
    const elements = decodeOrders(bytes);
    return elements.length === 0 ? undefined : toGroup(elements);
  } catch {
    // Whatever the parser dislikes, the answer is the same: the bytes go to the dead letters as they are.
    return undefined;
  }
}

function toGroup(elements: readonly (OrderCreated | Uint8Array)[]): OrderGroup {
  const orders: OrderCreated[] = [];
  const positions: number[] = [];
  const broken: BrokenOrder[] = [];
  for (const [position, element] of elements.entries()) {
    if (element instanceof Uint8Array) broken.push({ position, bytes: element });
    else {
      orders.push(element);
      positions.push(position);
    }
  }
  return { orders, positions, broken };
}

const idPattern = /^[0-9a-f]{32}$/;
/** As long as the order service and the provider take it. */
const runIdLengthMax = 64;

/** What makes it impossible to charge an order, whoever tries and however often; undefined when nothing does. */
export function checkOrder(order: OrderCreated): DeadLettered | undefined {
  if (!idPattern.test(order.orderId)) return invalid('order_id is not 32 hex digits');
  if (!idPattern.test(order.chargeKey)) return invalid('charge_key is not 32 hex digits');
  if (!isCurrency(order.currency)) {
    return invalid(`currency ${JSON.stringify(order.currency.slice(0, 16))} is unknown`);
  }
  if (order.runId.length > runIdLengthMax) {
    return invalid(`run_id has ${order.runId.length} characters, expected ${runIdLengthMax} at most`);
  }
  const amountMinor = Number(order.amountMinor);
  if (amountMinor < 1 || amountMinor > amountMinorMax) {
    return invalid(`amount_minor ${order.amountMinor} is not from 1 to ${amountMinorMax}`);
  }
  const expected = toMajorUnits(amountMinor, order.currency);
  if (order.totalAmount !== expected) {
    return deadLetter(
      'amount_mismatch',
      `total_amount is ${order.totalAmount}, amount_minor says ${expected} ${order.currency}`,
    );
  }
  return undefined;
}

function invalid(detail: string): DeadLettered {
  return deadLetter('invalid_order', detail);
}
