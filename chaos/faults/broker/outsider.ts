import { create } from '@bufbuild/protobuf';
import { type OrderCreated, OrderCreatedSchema } from '../../../proto/gen/orders/v1/orders_pb.js';
import { deriveChargeKey, deriveOrderId } from '../../../proto/identity.ts';
import { toMajorUnits } from '../../../proto/money.ts';

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
