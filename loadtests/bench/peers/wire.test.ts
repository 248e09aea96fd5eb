import { fromBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { PaymentGroupSchema } from '../../../proto/gen/orders/v1/orders_pb.js';
import { deriveOrderId } from '../../../proto/identity.ts';
import { checkOrder } from '../../../services/payment/decode.ts';
import { decodeOrder, encodeOrder, encodeOutcome } from './wire.ts';

const order = {
  ...{ customerId: 'customer-1', amountMinor: 1_234, currency: 'EUR' },
  ...{ clientId: 'client', idempotencyKey: 'key-1', runId: 'run', receivedAtMs: 1_000 },
};

it('writes an order that the platform would take, under the id by which the ledger knows it', () => {
  const { orderId, payload } = encodeOrder(order);
  const read = decodeOrder(payload);
  expect(orderId).toBe(deriveOrderId('client', 'key-1', order));
  expect(read).toMatchObject({ orderId, runId: 'run', amountMinor: 1_234n, totalAmount: 12.34 });
  expect(checkOrder(read)).toBeUndefined();
});

it('writes an outcome that says how the order ended', () => {
  const read = decodeOrder(encodeOrder(order).payload);
  const bytes = encodeOutcome(read, { status: 'charged', chargeId: 'ch_1' });
  expect(fromBinary(PaymentGroupSchema, bytes).payments).toMatchObject([
    { orderId: read.orderId, status: 'charged', chargeId: 'ch_1', receivedAtMs: 1_000n, runId: 'run' },
  ]);
});

it('refuses a message that holds no order', () => {
  expect(() => decodeOrder(new Uint8Array())).toThrow('holds no order');
});
