import { create, toBinary } from '@bufbuild/protobuf';
import {
  type OrderCreated,
  OrderCreatedSchema,
  OrderGroupSchema,
} from '../../../proto/gen/orders/v1/orders_pb.js';
import { deriveChargeKey, deriveOrderId } from '../../../proto/identity.ts';
import { toMajorUnits } from '../../../proto/money.ts';
import type { Target } from '../../../targets/target.ts';
import { names } from '../../../topology/platform.ts';
import { askBrokers } from '../../core/brokers.ts';

/** Whose orders these are, and of which run: no audit of another run minds them. */
export const outsider = 'stormproof-outsider';

/**
 * An order that nobody placed, for faults that write into the streams themselves.
 *
 * @param key its idempotency key
 * @param receivedAtMs milliseconds since the Unix epoch
 */
export function outsiderOrder(
  key: string,
  receivedAtMs: number,
  change: { readonly totalAmount?: number } = {},
): OrderCreated {
  const body = { customerId: 'outsider', amountMinor: 1_999, currency: 'EUR' };
  return create(OrderCreatedSchema, {
    orderId: deriveOrderId(outsider, key, body),
    customerId: body.customerId,
    totalAmount: toMajorUnits(body.amountMinor, body.currency),
    amountMinor: BigInt(body.amountMinor),
    currency: body.currency,
    clientId: outsider,
    idempotencyKey: key,
    chargeKey: deriveChargeKey(outsider, key),
    runId: outsider,
    receivedAtMs: BigInt(receivedAtMs),
    ...change,
  });
}

/** Writes an order into the stream, past the order service; it is stored once, however often that is tried. */
export async function storeOutsiderOrder(target: Target, order: OrderCreated): Promise<void> {
  const bytes = toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [order] }));
  await askBrokers(target, async (manager) => {
    await manager.jetstream().publish(names.ordersSubject, bytes, { msgID: order.orderId });
  });
}
