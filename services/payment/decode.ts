import { decodeOrderGroup } from '../../proto/codec.ts';
import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { amountMinorMax, isCurrency, toMajorUnits } from '../../proto/money.ts';
import { type DeadLettered, deadLetter } from './decision.ts';

/**
 * @returns undefined when the bytes are no group of orders. A group without orders is none: nobody writes one, and
 *   foreign bytes that happen to parse end up as one.
 */
export function decodeGroup(bytes: Uint8Array): readonly OrderCreated[] | undefined {
  try {
    const orders = decodeOrderGroup(bytes);
    return orders.length === 0 ? undefined : orders;
  } catch {
    // Whatever the parser dislikes, the answer is the same: the bytes go to the dead letters as they are.
    return undefined;
  }
}

const idPattern = /^[0-9a-f]{32}$/;

/** What makes it impossible to charge an order, whoever tries and however often; undefined when nothing does. */
export function checkOrder(order: OrderCreated): DeadLettered | undefined {
  if (!idPattern.test(order.orderId)) return invalid('order_id is not 32 hex digits');
  if (!idPattern.test(order.chargeKey)) return invalid('charge_key is not 32 hex digits');
  if (!isCurrency(order.currency)) {
    return invalid(`currency ${JSON.stringify(order.currency.slice(0, 16))} is unknown`);
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
