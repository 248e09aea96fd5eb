import { create, fromBinary } from '@bufbuild/protobuf';
import type { JetStreamClient } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { encodePaymentGroup } from '../../proto/codec.ts';
import {
  DeadLetterSchema,
  type OrderCreated,
  OrderCreatedSchema,
  PaymentGroupSchema,
} from '../../proto/gen/orders/v1/orders_pb.js';
import { createLog } from '../runtime/index.ts';
import { AbandonedError } from './abandoned.ts';
import { conflict, type Decision, deadLetter } from './decision.ts';
import type { OrderGroup } from './decode.ts';
import { makeOrder } from './fixtures/orders.ts';
import { createOutcomePublisher, outcomeOf } from './outcomes.ts';

type Published = { readonly subject: string; readonly id: string | undefined; readonly bytes: Uint8Array };

/** A publisher on a stream in memory, which refuses while `refuse` says so. */
function setUp(refuse: () => boolean = () => false) {
  const published: Published[] = [];
  const stopping = new AbortController();
  const client: Pick<JetStreamClient, 'publish'> = {
    async publish(subject, bytes, options) {
      if (refuse()) throw new Error('socket closed');
      published.push({ subject, id: options?.msgID, bytes: bytes as Uint8Array });
      return { stream: 'S', seq: published.length, duplicate: false, domain: '' };
    },
  };
  const nothing = () => {};
  const publisher = createOutcomePublisher({
    client: client as JetStreamClient,
    encode: encodePaymentGroup,
    messageIdOf: (sequences) => `outcome:${sequences.join()}`,
    payloadBytesMax: 10_000,
    retry: { baseMs: 1, capMs: 1 },
    instruments: {
      call: nothing,
      attempts: nothing,
      publish: nothing,
      publishFailure: nothing,
      settled: nothing,
      outcomes: nothing,
      deadLetters: nothing,
      redelivery: nothing,
      held: nothing,
    },
    log: createLog({ service: 'payment', instance: 'payment-0', level: 'silent' }),
    monotonicMs: () => performance.now(),
    signal: stopping.signal,
  });
  return { publisher, published, stop: () => stopping.abort() };
}

const order = (key: string) => create(OrderCreatedSchema, makeOrder(key));

describe('the outcome of an order', () => {
  it.each<readonly [Decision, object]>([
    [
      { state: 'charged', chargeId: 'ch_1' },
      { status: 'charged', reason: '', chargeId: 'ch_1' },
    ],
    [
      { state: 'declined', reason: 'insufficient_funds' },
      { status: 'declined', reason: 'insufficient_funds', chargeId: '' },
    ],
    [conflict, { status: 'conflict', reason: 'idempotency_conflict', chargeId: '' }],
    [deadLetter('charge_failed', 'x'), { status: 'dead-lettered', reason: 'charge_failed', chargeId: '' }],
  ])('says its state in words and numbers: %o', (decision, expected) => {
    const paid = order('a');
    expect(outcomeOf(paid, decision, '')).toMatchObject({
      ...expected,
      orderId: paid.orderId,
      amountMinor: paid.amountMinor,
      currency: 'EUR',
      runId: 'run',
    });
  });

  it('is never made up', () => {
    expect(() => outcomeOf(order('a'), undefined, '')).toThrow('has no decision');
  });
});

const groupOf = (orders: readonly OrderCreated[]): OrderGroup => ({
  orders,
  positions: orders.map((_, position) => position),
  broken: [],
});

describe('publishing a group', () => {
  it('stores what cannot be read as a dead letter, at its place, and the outcomes of its neighbours', async () => {
    const { publisher, published } = setUp();
    const bytes = Uint8Array.of(0xff, 0x07);
    const group = { orders: [order('a')], positions: [1], broken: [{ position: 0, bytes }] };
    await publisher.publishGroup(3, group, [deadLetter('charge_failed', 'x')], () => '');
    expect(published.map(({ id }) => id)).toEqual(['dead:3:0', 'dead:3:1', 'outcome:3']);
    expect(fromBinary(DeadLetterSchema, published[0]?.bytes ?? bytes)).toMatchObject({
      cause: 'undecodable',
      raw: bytes,
      indexInGroup: 0,
    });

    await publisher.publishGroup(4, { orders: [], positions: [], broken: group.broken }, [], () => '');
    expect(published.slice(3).map(({ id }) => id)).toEqual(['dead:4:0']);
  });

  it('stores the dead letters first, then the outcomes, under ids and with bytes that a repeat repeats', async () => {
    const { publisher, published } = setUp();
    const orders = [order('a'), order('b')];
    const decisions: readonly Decision[] = [
      { state: 'charged', chargeId: 'ch_1' },
      deadLetter('amount_mismatch', 'detail'),
    ];
    const publish = () => publisher.publishGroup(12, groupOf(orders), decisions, () => '');
    await publish();
    await publish();
    expect(published.map(({ subject, id }) => [subject, id]).slice(0, 2)).toEqual([
      ['orders.v1.dead-letter', 'dead:12:1'],
      ['orders.v1.processed', 'outcome:12'],
    ]);
    expect(published.slice(2)).toEqual(published.slice(0, 2));
    const { payments } = fromBinary(PaymentGroupSchema, published[1]?.bytes ?? new Uint8Array());
    expect(payments.map(({ status }) => status)).toEqual(['charged', 'dead-lettered']);
  });

  it('keeps trying when all tries of one publish have failed', async () => {
    let refusals = 4;
    const { publisher, published } = setUp(() => refusals-- > 0);
    await publisher.publishGroup(1, groupOf([order('a')]), [conflict], () => '');
    expect(published.length).toBe(1);
  });

  it('gives up only when the service stops', async () => {
    const { publisher, published, stop } = setUp(() => true);
    const publishing = publisher.publishGroup(1, groupOf([order('a')]), [conflict], () => '');
    stop();
    await expect(publishing).rejects.toBeInstanceOf(AbandonedError);
    expect(published).toEqual([]);
  });
});

describe('a dead letter', () => {
  it('carries a cut copy of an order that leaves no room for anything else', async () => {
    const { publisher, published } = setUp();
    const huge = create(OrderCreatedSchema, makeOrder('a', { customerId: 'c'.repeat(9_900) }));
    await publisher.publishGroup(
      5,
      groupOf([huge]),
      [deadLetter('invalid_order', 'no such currency')],
      () => '',
    );
    const letter = fromBinary(DeadLetterSchema, published[0]?.bytes ?? new Uint8Array());
    expect(published[0]?.bytes.length).toBeLessThan(10_000);
    expect(letter.order).toBeUndefined();
    expect(letter).toMatchObject({ cause: 'invalid_order', streamSequence: 5n });
    expect(letter.detail).toMatch(/^no such currency; cut to \d+ of \d+ bytes$/);
    const { payments } = fromBinary(PaymentGroupSchema, published[1]?.bytes ?? new Uint8Array());
    expect(payments.map(({ orderId }) => orderId)).toEqual([huge.orderId]);
  });
});

describe('publishing raw bytes', () => {
  it('cuts what would not fit into a message, and says so', async () => {
    const { publisher, published } = setUp();
    const cause = deadLetter('undecodable', 'no group');
    await publisher.publishRaw(3, new Uint8Array(9_000).fill(7), cause);
    const letter = fromBinary(DeadLetterSchema, published[0]?.bytes ?? new Uint8Array());
    expect(published[0]?.bytes.length).toBeLessThan(10_000);
    expect(letter.raw.every((byte) => byte === 7)).toBe(true);
    expect(letter.detail).toBe(`no group; cut to ${letter.raw.length} of 9000 bytes`);
    expect(letter).toMatchObject({ cause: 'undecodable', streamSequence: 3n, indexInGroup: 0 });
  });
});
