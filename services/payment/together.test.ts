import { create, fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePaymentGroup } from '../../proto/codec.ts';
import { OrderCreatedSchema, PaymentGroupSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import { makeOrder } from './fixtures/orders.ts';
import { outcomeOf } from './outcomes.ts';
import { createDeparture, createOutcomeBatches } from './together.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const outcomes = (...ids: string[]) =>
  encodePaymentGroup(
    ids.map((orderId) => {
      const order = create(OrderCreatedSchema, makeOrder(orderId, { orderId }));
      return outcomeOf(order, { state: 'charged', chargeId: `ch-${orderId}` }, '');
    }),
  );

function setUp(bytesMax = 10_000, fail?: Error) {
  const stored: { readonly orders: readonly string[]; readonly sequences: readonly number[] }[] = [];
  const add = createOutcomeBatches({
    bytesMax,
    afterMs: 25,
    async store(bytes, sequences) {
      if (fail !== undefined) throw fail;
      const { payments } = fromBinary(PaymentGroupSchema, bytes);
      stored.push({ orders: payments.map(({ orderId }) => orderId), sequences });
    },
  });
  return { add, stored };
}

describe('outcomes of groups that end together', () => {
  it('are one message, and each group is told when that is stored', async () => {
    const { add, stored } = setUp();
    const both = Promise.all([add(7, outcomes('a', 'b')), add(9, outcomes('c'))]);
    expect(stored).toEqual([]);
    vi.advanceTimersByTime(25);
    await both;
    expect(stored).toEqual([{ orders: ['a', 'b', 'c'], sequences: [7, 9] }]);
  });

  it('are another message when they end later', async () => {
    const { add, stored } = setUp();
    for (const [sequence, id] of ['a', 'b'].entries()) {
      const done = add(sequence, outcomes(id));
      vi.advanceTimersByTime(25);
      await done;
    }
    expect(stored.map(({ sequences }) => sequences)).toEqual([[0], [1]]);
  });

  it('are never more than a message may hold', async () => {
    const one = outcomes('a');
    const { add, stored } = setUp(2 * one.length);
    const all = Promise.all([1, 2, 3].map((sequence) => add(sequence, one)));
    vi.advanceTimersByTime(25);
    await all;
    expect(stored.map(({ sequences }) => sequences)).toEqual([[1, 2], [3]]);
  });

  it('that cannot be stored are told to each of the groups', async () => {
    const { add } = setUp(10_000, new Error('the brokers are gone'));
    const told = Promise.allSettled([add(1, outcomes('a')), add(2, outcomes('b'))]);
    vi.advanceTimersByTime(25);
    expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

it('those who want to leave go together, and who comes later goes with the next', async () => {
  const depart = createDeparture(25);
  const gone: string[] = [];
  const first = ['a', 'b'].map((name) => depart().then(() => gone.push(name)));
  vi.advanceTimersByTime(25);
  const late = depart().then(() => gone.push('late'));
  await Promise.all(first);
  expect(gone).toEqual(['a', 'b']);
  vi.advanceTimersByTime(25);
  await late;
});
