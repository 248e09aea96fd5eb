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

test.each([
  ['the next schema', toNextSchema],
  ['the schema before', toPreviousSchema],
])('a group of %s is told from one of this, and read by all', (_, convert) => {
  const payload = convert(delivered);
  const { wrote } = variants['order-mixed-schemas'];
  expect([wrote(payload), wrote(delivered)]).toEqual([true, false]);
  expect(wireReading.orders(payload)).toEqual(wireReading.orders(delivered));
  expect(decodeGroup(payload)?.orders).toMatchObject([{ orderId: 'a'.repeat(32), amountMinor: 5n }]);
});

test('what cannot be decoded was written by no variant', () => {
  expect(variants['order-mixed-schemas'].wrote(Uint8Array.of(0xff, 0xff))).toBe(false);
});
