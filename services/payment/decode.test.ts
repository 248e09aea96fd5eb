import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import {
  type OrderCreated,
  OrderCreatedSchema,
  OrderGroupSchema,
} from '../../proto/gen/orders/v1/orders_pb.js';
import { checkOrder, decodeGroup } from './decode.ts';
import { makeOrder } from './fixtures/orders.ts';

const order = (change: Partial<OrderCreated> = {}) =>
  create(OrderCreatedSchema, { ...makeOrder('key'), ...change } as OrderCreated);

describe('decoding a group', () => {
  it('gives the orders that were put in', () => {
    const bytes = toBinary(
      OrderGroupSchema,
      create(OrderGroupSchema, { orders: [makeOrder('a'), makeOrder('b')] }),
    );
    const group = decodeGroup(bytes);
    expect(group?.orders.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['a', 'b']);
    expect(group).toMatchObject({ positions: [0, 1], broken: [] });
  });

  it.each([
    ['is garbage', Uint8Array.of(0xff, 0x07, 0x01)],
    ['is empty', new Uint8Array()],
    ['was cut off', toBinary(OrderCreatedSchema, order()).slice(0, 20)],
    ['has no id', toBinary(OrderCreatedSchema, order({ orderId: '' }))],
    ['has an endless id', toBinary(OrderCreatedSchema, order({ orderId: 'x'.repeat(65) }))],
  ])('keeps the neighbours of an order that %s', (_what, bytes) => {
    const element = (content: Uint8Array) =>
      new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(content).finish();
    const of = (key: string) => toBinary(OrderCreatedSchema, create(OrderCreatedSchema, makeOrder(key)));
    const group = decodeGroup(Buffer.concat([element(of('a')), element(bytes), element(of('b'))]));
    expect(group?.orders.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['a', 'b']);
    expect(group).toMatchObject({ positions: [0, 2], broken: [{ position: 1 }] });
    expect(Buffer.from(group?.broken[0]?.bytes ?? [])).toEqual(Buffer.from(bytes));
  });

  it.each([
    ['no bytes', new Uint8Array()],
    ['text', new TextEncoder().encode('{"orders":[]}')],
    [
      'a cut-off group',
      toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [makeOrder('a')] })).slice(0, 20),
    ],
    ['fields that nobody knows', Uint8Array.of(0x78, 0x01)],
    ['more orders than any group has', new Uint8Array(2 * 1_025).map((_, at) => (at % 2 === 0 ? 0x0a : 0))],
  ])('refuses %s', (_what, bytes) => {
    expect(decodeGroup(bytes)).toBeUndefined();
  });
});

describe('checking an order', () => {
  it('passes what the order service writes', () => {
    expect(checkOrder(order())).toBeUndefined();
    expect(checkOrder(order({ currency: 'JPY', totalAmount: 1_999 }))).toBeUndefined();
  });

  it('quotes no more of what is wrong than a person reads', () => {
    expect(checkOrder(order({ currency: 'X'.repeat(10_000) }))?.detail.length).toBeLessThan(100);
  });

  it.each([
    ['amount_mismatch', order({ totalAmount: 20 })],
    ['amount_mismatch', order({ totalAmount: Number.NaN })],
    ['invalid_order', order({ currency: 'XXX' })],
    ['invalid_order', order({ currency: '' })],
    ['invalid_order', order({ amountMinor: 0n, totalAmount: 0 })],
    ['invalid_order', order({ amountMinor: -1n, totalAmount: -0.01 })],
    ['invalid_order', order({ amountMinor: 2n ** 62n })],
    ['invalid_order', order({ orderId: '' })],
    ['invalid_order', order({ chargeKey: 'short' })],
    ['invalid_order', order({ runId: 'r'.repeat(65) })],
  ])('names %s', (cause, faulty) => {
    expect(checkOrder(faulty)).toMatchObject({ state: 'dead-lettered', cause });
  });
});
