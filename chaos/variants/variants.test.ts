import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { OrderGroupSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import { wireReading } from '../../services/order/wire.ts';
import { decodeGroup } from '../../services/payment/decode.ts';
import { variants } from './index.ts';
import { toNextSchema, toPreviousSchema } from './schema.ts';

const delivered = toBinary(
  OrderGroupSchema,
  create(OrderGroupSchema, {
    orders: [{ orderId: 'a'.repeat(32), idempotencyKey: 'key', traceparent: '00-1-2-01', amountMinor: 5n }],
  }),
);

const wrote = (newestOrders: Uint8Array) =>
  variants['order-mixed-schemas'].isSeen({ newestOrders, redeliveries: 0 });

test.each([
  ['the next schema', toNextSchema],
  ['the schema before', toPreviousSchema],
])('a group of %s is told from one of this, and read by all', (_, convert) => {
  const payload = convert(delivered);
  expect([wrote(payload), wrote(delivered)]).toEqual([true, false]);
  expect(wireReading.orders(payload)).toEqual(wireReading.orders(delivered));
  expect(decodeGroup(payload)?.orders).toMatchObject([{ orderId: 'a'.repeat(32), amountMinor: 5n }]);
});

test('what cannot be decoded was written by no variant', () => {
  expect(wrote(Uint8Array.of(0xff, 0xff))).toBe(false);
});

test('what a restart makes come again is no sign of a release that turns groups away', () => {
  const { isSeen } = variants['payment-turns-away'];
  const seen = [0, 16, 100, 101].map((redeliveries) => isSeen({ newestOrders: delivered, redeliveries }));
  expect(seen).toEqual([false, false, false, true]);
});
