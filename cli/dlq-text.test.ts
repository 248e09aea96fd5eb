import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DeadLetterSchema, OrderCreatedSchema } from '../proto/gen/orders/v1/orders_pb.js';
import type { Letter } from '../services/dead-letters/index.ts';
import { letterJson, renderLetter, renderLetters } from './dlq-text.ts';

const order = create(OrderCreatedSchema, {
  orderId: 'a'.repeat(32),
  customerId: 'customer-1',
  clientId: 'shop',
  totalAmount: 19.99,
  amountMinor: 1_999n,
  currency: 'EUR',
  chargeKey: 'b'.repeat(32),
});
const open: Letter = {
  sequence: 7,
  storedAtMs: 1_700_000_000_000,
  cause: 'charge_failed',
  detail: 'the provider failed 10 times on this order while it decided others',
  stream: 'ORDERS',
  streamSequence: 3,
  indexInGroup: 4,
  order,
  rawBytes: 0,
  actions: [],
};
const redriven: Letter = {
  ...open,
  sequence: 8,
  actions: [
    {
      deadLetterSequence: 8,
      action: 'redriven',
      by: 'ada@desk',
      note: 'the incident is over',
      atMs: 1_700_000_060_000,
      copySequence: 12,
    },
  ],
};

test('letters are listed one a line, with what was done about them', () => {
  expect(renderLetters([open, redriven], 1_700_000_120_000).split('\n')).toEqual([
    `number        age  cause          order                             stored at     done`,
    `     7  2 min 0 s  charge_failed  ${'a'.repeat(32)}  ORDERS #3[4]  nothing yet`,
    `     8  2 min 0 s  charge_failed  ${'a'.repeat(32)}  ORDERS #3[4]  redriven by ada@desk`,
  ]);
  expect(renderLetters([], 0)).toBe('no dead letters');
});

test('a letter is shown with its order and its past', () => {
  const text = renderLetter(redriven, create(DeadLetterSchema, { order }));
  expect(text).toContain('1999 minor units of EUR, total_amount 19.99');
  expect(text).toContain(
    'redriven by ada@desk at 2023-11-14T22:14:20.000Z, as ORDERS #12: the incident is over',
  );
});

test('a letter without an order is shown with the first of its bytes', () => {
  const text = renderLetter(
    { ...open, order: undefined },
    create(DeadLetterSchema, { raw: new Uint8Array(100) }),
  );
  expect(text).toContain(`${'00'.repeat(64)} … 100 bytes in all`);
});

test('a list for programs names no customer', () => {
  expect(JSON.stringify(letterJson(open))).not.toContain('customer-1');
});
