import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderGroupSchema, PaymentGroupSchema, TerminalState } from '../../proto/gen/orders/v1/orders_pb.js';
import { currencies } from '../../proto/money.ts';
import type { Order } from './order.ts';
import { encodedBytesMax, encodeGroup, wireReading } from './wire.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((x) => x.join(''));

const order: fc.Arbitrary<Order> = fc.record({
  orderId: hex(32),
  chargeKey: hex(32),
  clientId: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  idempotencyKey: fc.stringMatching(/^[!-~]{1,128}$/),
  customerId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }),
  amountMinor: fc.integer({ min: 1, max: 1_000_000_000_000 }),
  currency: fc.constantFrom(...currencies),
  runId: fc.stringMatching(/^[A-Za-z0-9._-]{0,64}$/),
  traceparent: fc.constant(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
  receivedAtMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
});

describe('a group of orders', () => {
  it('is read by the projection as it was written', () => {
    fc.assert(
      fc.property(fc.array(order, { minLength: 1, maxLength: 5 }), (orders) => {
        const rows = wireReading.orders(encodeGroup(orders));
        expect(rows).toEqual(orders.map(({ idempotencyKey: _key, traceparent: _trace, ...row }) => row));
      }),
    );
  });

  it('is never larger than it was taken for', () => {
    fc.assert(
      fc.property(fc.array(order, { minLength: 1, maxLength: 5 }), (orders) => {
        const bytesMax = orders.reduce((sum, each) => sum + encodedBytesMax(each), 0);
        expect(encodeGroup(orders).length).toBeLessThanOrEqual(bytesMax);
      }),
    );
  });

  it('tells readers of the original schema the amount in major units', () => {
    fc.assert(
      fc.property(order, (one) => {
        const [read] = fromBinary(
          OrderGroupSchema,
          encodeGroup([{ ...one, amountMinor: 1234, currency: 'EUR' }]),
        ).orders;
        expect([read?.totalAmount, read?.amountMinor]).toEqual([12.34, 1234n]);
      }),
    );
  });
});

describe('what the projection reads', () => {
  it('leaves out orders without an id and outcomes without a state', () => {
    const orders = toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [{ customerId: 'c' }] }));
    const payments = [
      { orderId: 'a' },
      { orderId: 'b', terminalState: TerminalState.DECLINED, reason: 'insufficient_funds' },
    ];
    const outcomes = toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments }));
    expect(wireReading.orders(orders)).toEqual([]);
    expect(wireReading.outcomes(outcomes)).toMatchObject([
      { orderId: 'b', state: 2, reason: 'insufficient_funds' },
    ]);
  });

  it('refuses bytes that are no group', () => {
    expect(() => wireReading.orders(Uint8Array.of(0xff, 0xff, 0xff))).toThrow();
  });
});
