import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeOrderGroup,
  decodeOrders,
  decodeOrdersByLibrary,
  decodePaymentGroup,
  encodeOrderGroup,
  encodePaymentGroup,
  groupOrdersMax,
} from './codec.ts';
import {
  OrderCreatedSchema,
  OrderGroupSchema,
  PaymentGroupSchema,
  PaymentProcessedSchema,
} from './gen/orders/v1/orders_pb.js';

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 40 }) },
  // Rare, or every group would have one and the plain way would go untried.
  { weight: 1, arbitrary: fc.constantFrom('', 'Zoë', '買い物', 'x'.repeat(200), '🛒') },
);
const int64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 12n }),
  fc.constantFrom(0n, 127n, 128n, 2n ** 49n - 1n, 2n ** 49n, 2n ** 53n - 1n, -1n, 1n - 2n ** 53n),
);
const beyond = [2n ** 53n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 63n)];

const shortText = text.filter(({ length }) => length <= 64);

const orders = fc.array(
  fc.record({
    orderId: fc.oneof(
      fc.stringMatching(/^[0-9a-f]{32}$/),
      fc.constantFrom('o-1', 'Zoë', '🛒', 'x'.repeat(64)),
    ),
    customerId: text,
    totalAmount: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(19.99, -0)),
    amountMinor: int64,
    currency: shortText,
    clientId: text,
    idempotencyKey: text,
    chargeKey: text,
    traceparent: text,
    runId: shortText,
    receivedAtMs: int64,
  }),
  { maxLength: 5 },
);

const payments = fc.array(
  fc.record({
    orderId: text,
    status: text,
    terminalState: fc.integer({ min: 0, max: 200 }),
    reason: text,
    chargeId: text,
    amountMinor: int64,
    currency: text,
    traceparent: text,
    runId: text,
    receivedAtMs: int64,
  }),
  { maxLength: 5 },
);

describe('a group of orders', () => {
  const byLibrary = (each: Parameters<typeof encodeOrderGroup>[0]) =>
    toBinary(OrderGroupSchema, create(OrderGroupSchema, { orders: [...each] }));

  it('is written byte by byte as the library writes it', () => {
    fc.assert(
      fc.property(orders, (group) => {
        expect(Buffer.from(encodeOrderGroup(group))).toEqual(Buffer.from(byLibrary(group)));
      }),
    );
  });

  it('is read as the library reads it', () => {
    fc.assert(
      fc.property(orders, (group) => {
        const bytes = byLibrary(group);
        expect(decodeOrderGroup(bytes)).toEqual(fromBinary(OrderGroupSchema, bytes).orders);
      }),
    );
  });

  it('has no order that cannot be named', () => {
    const group = byLibrary([
      plain,
      { ...plain, orderId: '' },
      { ...plain, currency: 'x'.repeat(65) },
      plain,
    ]);
    expect(decodeOrderGroup(group).map(({ orderId }) => orderId)).toEqual(['order', 'order']);
    expect(decodeOrders(group).map((each) => each instanceof Uint8Array)).toEqual([false, true, true, false]);
  });

  it.each(beyond)('has no order with the integer %i, which numbers cannot hold', (integer) => {
    const group = byLibrary([{ ...plain, amountMinor: integer }, plain, { ...plain, receivedAtMs: integer }]);
    expect(decodeOrders(group).map((each) => each instanceof Uint8Array)).toEqual([true, false, true]);
  });

  it('has not more orders than any group has', () => {
    const group = (count: number) => byLibrary(Array.from({ length: count }, () => plain));
    expect(decodeOrders(group(groupOrdersMax)).length).toBe(groupOrdersMax);
    expect(() => decodeOrders(group(groupOrdersMax + 1))).toThrow('more than');
  });

  it('loses no order to a neighbour that is garbage', () => {
    const element = (bytes: Uint8Array) =>
      new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(bytes).finish();
    const good = toBinary(OrderCreatedSchema, create(OrderCreatedSchema, plain));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(good.length - 1), (garbage, cut) => {
        const parts = [good, garbage, good, good.subarray(0, cut), good];
        const read = decodeOrders(Buffer.concat(parts.map(element)));
        expect(read.length).toBe(parts.length);
        for (const at of [0, 2, 4]) expect(read[at]).toEqual(fromBinary(OrderCreatedSchema, good));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what a later schema says in it', () => {
    const order = toBinary(OrderCreatedSchema, create(OrderCreatedSchema, { orderId: 'a' }));
    // Field 100, a varint.
    const later = Buffer.concat([order, Uint8Array.of(0xa0, 0x06, 0x01)]);
    const bytes = Buffer.concat([Uint8Array.of(0x0a, later.length), later]);
    const [read] = decodeOrderGroup(bytes);
    expect(read).toMatchObject({ orderId: 'a', $unknown: [{ no: 100 }] });
  });

  it('is not looked for beyond a part of a larger buffer', () => {
    const bytes = byLibrary([{ ...plain, orderId: 'inside' }]);
    const larger = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]);
    const part = new Uint8Array(larger.buffer, larger.byteOffset + 6, bytes.length);
    expect(decodeOrderGroup(part)).toEqual(fromBinary(OrderGroupSchema, bytes).orders);
  });
});

describe('a group of outcomes', () => {
  const byLibrary = (each: Parameters<typeof encodePaymentGroup>[0]) =>
    toBinary(PaymentGroupSchema, create(PaymentGroupSchema, { payments: [...each] }));

  it('is written byte by byte as the library writes it', () => {
    fc.assert(
      fc.property(payments, (group) => {
        expect(Buffer.from(encodePaymentGroup(group))).toEqual(Buffer.from(byLibrary(group)));
      }),
    );
  });

  it('is read as the library reads it', () => {
    fc.assert(
      fc.property(payments, (group) => {
        const bytes = byLibrary(group);
        expect(decodePaymentGroup(bytes)).toEqual(fromBinary(PaymentGroupSchema, bytes).payments);
      }),
    );
  });

  it.each(beyond)('is none with the integer %i', (amountMinor) => {
    const [payment] =
      fc.sample(
        payments.filter((some) => some.length > 0),
        1,
      )[0] ?? [];
    expect(payment).toBeDefined();
    if (payment === undefined) return;
    expect(() => decodePaymentGroup(byLibrary([{ ...payment, amountMinor }]))).toThrow('beyond');
  });

  it('may have an outcome that says nothing', () => {
    const nothing = toBinary(PaymentProcessedSchema, create(PaymentProcessedSchema));
    expect(nothing.length).toBe(0);
    expect(decodePaymentGroup(Uint8Array.of(0x0a, 0x00))).toHaveLength(1);
  });
});

const plain = {
  orderId: 'order',
  customerId: 'customer',
  totalAmount: 1.5,
  amountMinor: 150n,
  currency: 'EUR',
  clientId: 'client',
  idempotencyKey: 'key',
  chargeKey: 'charge',
  traceparent: '',
  runId: '',
  receivedAtMs: 1n,
};

describe('bytes that were cut, changed or made up', () => {
  /** The value, or that there is none. */
  const resultOf = (read: () => unknown) => {
    try {
      return { value: read() };
    } catch {
      return 'refused';
    }
  };
  const mean = (bytes: Uint8Array) => {
    expect(resultOf(() => decodePaymentGroup(bytes))).toEqual(
      resultOf(() => {
        const found = fromBinary(PaymentGroupSchema, bytes).payments;
        const integers = found.flatMap(({ amountMinor, receivedAtMs }) => [amountMinor, receivedAtMs]);
        if (!integers.every((each) => Number.isSafeInteger(Number(each)))) throw new RangeError('beyond');
        return found;
      }),
    );
    expect(resultOf(() => decodeOrders(bytes))).toEqual(resultOf(() => decodeOrdersByLibrary(bytes)));
    // The library reads past the end of an element where its fields say so, and may find sense there or none.
    const elements = resultOf(() => decodeOrders(bytes));
    const whole = resultOf(() => fromBinary(OrderGroupSchema, bytes).orders);
    if (elements === 'refused' || whole === 'refused') return;
    const { value } = elements as { readonly value: ReturnType<typeof decodeOrders> };
    if (value.some((each) => each instanceof Uint8Array)) return;
    expect({ value }).toEqual(whole);
  };

  it.each([
    ['an order without anything in it', '0a00'],
    ['a group with something else in it', '10010a030a01611a0161'],
    ['an element whose key is longer than keys may be', '8a80808080000 30a0161'],
    ['a field whose key is longer than keys may be', '0a088a8080808000 0161'],
    ['a field whose key is longer than it need be', '0a058a80000161'],
    ['a length that is longer than it need be', '0a838080800 00a0161'],
    ['a field that comes twice', '0a060a01610a0162'],
  ])('are read by the library: %s', (_what, hex) => {
    mean(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  });

  it('mean what the library says they mean', () => {
    const group = Buffer.from(encodeOrderGroup([plain, plain]));
    fc.assert(
      fc.property(fc.nat(group.length - 1), fc.nat(255), fc.nat(group.length), (at, byte, length) => {
        const changed = Buffer.from(group);
        changed[at] = byte;
        mean(changed);
        mean(group.subarray(0, length));
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), mean), { numRuns: 500 });
  });
});
