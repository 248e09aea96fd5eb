import { fileURLToPath } from 'node:url';
import { create, fromBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { membershipField, toNextSchema } from '../chaos/variants/schema.ts';
import { encodeOrderGroup } from '../proto/codec.ts';
import {
  OrderCreatedSchema,
  OrderGroupSchema,
  PaymentGroupSchema,
} from '../proto/gen/orders/v1/orders_pb.js';
import { redriveLetters } from '../services/dead-letters/index.ts';
import { makeOrder } from '../services/payment/fixtures/orders.ts';
import { ensureTools } from '../tools/index.ts';
import { names } from '../topology/platform.ts';
import { type DeadLetterPlatform, startDeadLetterPlatform } from './fixtures/dead-letters.ts';

const variant = (name: string) => fileURLToPath(new URL(`../chaos/variants/${name}.ts`, import.meta.url));

let platform: DeadLetterPlatform;

beforeEach(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  platform = await startDeadLetterPlatform(tools['nats-server']);
});
afterEach(() => platform.stop());

/** Hands orders in, as many at a time as there are services to hand them to. @returns how many were stored */
async function send(urls: readonly string[], prefix: string, count: number): Promise<number> {
  let stored = 0;
  for (let at = 0; at < count; at += urls.length) {
    const answers = await Promise.all(
      urls.map((url, n) =>
        fetch(`${url}/v1/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': `${prefix}-${at + n}` },
          body: JSON.stringify({ customer_id: 'customer', amount_minor: 500, currency: 'EUR' }),
        }),
      ),
    );
    stored += answers.filter(({ status }) => status === 201).length;
  }
  return stored;
}

/** How many messages of a stream have a field of the next schema, and how many have none. */
async function schemasOf(stream: string): Promise<{ readonly next: number; readonly others: number }> {
  const { state } = await platform.manager.streams.info(stream);
  let next = 0;
  let others = 0;
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await platform.manager.streams.getMessage(stream, { seq });
    if (message === null) continue;
    const schema = stream === names.ordersStream ? OrderGroupSchema : PaymentGroupSchema;
    const { $unknown = [] } = fromBinary(schema, message.data);
    if ($unknown.length > 0) next += 1;
    else others += 1;
  }
  return { next, others };
}

describe('services of three schemas', () => {
  test('settle orders in one pair of streams while they replace each other, in both directions', async () => {
    const newPayment = variant('payment-mixed-schemas');
    const newOrder = await platform.startOrder('order-1', variant('order-mixed-schemas'));
    const first = await platform.fixture.startPayment();
    let stored = await send([platform.order.url, newOrder.url], 'before', 20);

    // Forwards: the new payment beside the old one, then alone.
    const second = await platform.fixture.startPayment({}, newPayment);
    stored += await send([platform.order.url, newOrder.url], 'beside', 20);
    expect(await first.end('SIGTERM')).toBe(0);
    stored += await send([platform.order.url, newOrder.url], 'after', 20);

    // And back: what the new ones have written is read by the old one.
    await platform.fixture.startPayment();
    expect(await second.end('SIGTERM')).toBe(0);
    stored += await send([platform.order.url, newOrder.url], 'back', 20);
    await platform.untilSettled();

    expect(stored).toBe(80);
    const ledger = await platform.audit();
    expect(ledger).toMatchObject({ verdict: 'PASS', findings: [], gaps: [] });
    expect(ledger.counts).toMatchObject({
      stored: 80,
      charged: 80,
      projected: { 'order-0': 80, 'order-1': 80 },
    });
    for (const stream of [names.ordersStream, names.outcomesStream]) {
      const { next, others } = await schemasOf(stream);
      expect(next).toBeGreaterThan(0);
      expect(others).toBeGreaterThan(next);
    }
  });

  test('pass on what they do not know: through a dead letter, and back by a redrive', async () => {
    const order = create(OrderCreatedSchema, makeOrder('later'));
    await platform.fixture.storeBytes(toNextSchema(encodeOrderGroup([order])));
    await platform.fixture.exhaustDeliveries();
    await platform.fixture.startPayment();
    await platform.untilLetters(1);

    const letters = await platform.letters();
    expect(letters[0]?.order?.$unknown).toMatchObject([{ no: membershipField }]);
    await redriveLetters({
      client: platform.manager.jetstream(),
      manager: platform.manager,
      letters,
      actor: { by: 'tester', note: '' },
      now: Date.now,
      signal: new AbortController().signal,
      onDone: () => {},
    });
    await platform.untilSettled();
    const { state } = await platform.manager.streams.info(names.ordersStream);
    const copy = await platform.manager.streams.getMessage(names.ordersStream, { seq: state.last_seq });
    const { orders } = fromBinary(OrderGroupSchema, copy?.data ?? new Uint8Array());
    expect(orders.map(({ orderId, $unknown }) => [orderId, $unknown?.map(({ no }) => no)])).toEqual([
      [order.orderId, [membershipField]],
    ]);
    expect((await platform.audit()).verdict).toBe('PASS');
  });
});
