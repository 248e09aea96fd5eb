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
  ['order-next-schema', toNextSchema],
  ['order-previous-schema', toPreviousSchema],
] as const)('what %s writes is told from what the delivered one does, and read by all', (name, convert) => {
  const payload = convert(delivered);
  expect(variants[name].wrote(payload)).toBe(true);
  expect(variants[name].wrote(delivered)).toBe(false);
  expect(wireReading.orders(payload)).toEqual(wireReading.orders(delivered));
  expect(decodeGroup(payload)).toMatchObject([{ orderId: 'a'.repeat(32), amountMinor: 5n }]);
});
