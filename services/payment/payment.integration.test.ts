import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TerminalState } from '../../proto/gen/orders/v1/orders_pb.js';
import { ensureTools } from '../../tools/index.ts';
import { until } from '../runtime/fixtures/processes.ts';
import { makeOrder } from './fixtures/orders.ts';
import { type Fixture, startFixture } from './fixtures/platform.ts';

let fixture: Fixture;

beforeEach(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  fixture = await startFixture(tools['nats-server']);
});
afterEach(() => fixture.stop());

/** Waits until every stored group is acknowledged. */
async function untilSettled(withinMs = 30_000): Promise<void> {
  await until(
    'every group is acknowledged',
    async () => ((await fixture.deliveries()).unacknowledged === 0 ? true : undefined),
    withinMs,
  );
}

const keys = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

describe('payment', () => {
  it.each([
    ['batch', { calls: 0, batchCalls: 1 }],
    ['per-order', { calls: 41, batchCalls: 0 }],
  ])('settles each order of a group with the answer of the provider, charging by %s', async (mode, calls) => {
    await fixture.setProfile({ declineRatio: 0.5, seed: 1 });
    await fixture.startPayment({ STORMPROOF_PAYMENT_CHARGE_MODE: mode });
    const orders = keys('a', 40).map((key) => makeOrder(key));
    const other = makeOrder('a-0', { orderId: 'f'.repeat(32), amountMinor: 5n, totalAmount: 0.05 });
    await fixture.storeGroup([...orders, other]);
    await untilSettled();
    expect(await fixture.counters()).toMatchObject(calls);

    const outcomes = await fixture.outcomes();
    expect(outcomes.map(({ orderId }) => orderId)).toEqual([...orders, other].map(({ orderId }) => orderId));
    const states = new Set(outcomes.slice(0, -1).map(({ status }) => status));
    expect(states).toEqual(new Set(['charged', 'declined']));
    expect(outcomes.at(-1)).toMatchObject({
      terminalState: TerminalState.CONFLICT,
      status: 'conflict',
      reason: 'idempotency_conflict',
      chargeId: '',
    });
    const charges = await fixture.charges();
    for (const outcome of outcomes.slice(0, -1)) {
      const effects = charges.filter(({ order_id }) => order_id === outcome.orderId);
      expect(effects.map(({ state }) => state)).toEqual([outcome.status]);
      expect(outcome.chargeId !== '').toBe(outcome.status === 'charged');
    }
  });

  it('charges once when it is killed between charge and acknowledgement', async () => {
    await fixture.setProfile({ latencyMs: 1_500 });
    const first = await fixture.startPayment();
    await fixture.storeGroup(keys('k', 20).map((key) => makeOrder(key)));
    await until('the provider has charged', async () =>
      (await fixture.counters()).charged === 20 ? true : undefined,
    );
    await first.end('SIGKILL');
    expect(await fixture.outcomes()).toEqual([]);

    await fixture.setProfile({});
    await fixture.startPayment();
    await untilSettled();
    expect((await fixture.charges()).length).toBe(20);
    expect(await fixture.counters()).toMatchObject({ charged: 20, replayed: 20 });
    expect((await fixture.outcomes()).map(({ status }) => status)).toEqual(Array(20).fill('charged'));
  });

  it('dead-letters what is no group, and orders that contradict themselves, and settles their neighbours', async () => {
    await fixture.startPayment();
    await fixture.storeGroup([makeOrder('before')]);
    const garbage = new TextEncoder().encode('\u0001no protobuf at all');
    const garbageSequence = await fixture.storeBytes(garbage);
    const mixedSequence = await fixture.storeGroup([
      makeOrder('good'),
      makeOrder('mismatch', { totalAmount: 1 }),
      makeOrder('currency', { currency: 'XXX' }),
    ]);
    await untilSettled();

    const letters = await fixture.deadLetters();
    const found = letters.map(({ cause, streamSequence, indexInGroup }) => [
      cause,
      Number(streamSequence),
      indexInGroup,
    ]);
    expect(found.sort()).toEqual([
      ['amount_mismatch', mixedSequence, 1],
      ['invalid_order', mixedSequence, 2],
      ['undecodable', garbageSequence, 0],
    ]);
    const raw = letters.find(({ cause }) => cause === 'undecodable')?.raw;
    expect(raw).toEqual(garbage);
    const states = Object.fromEntries(
      (await fixture.outcomes()).map(({ orderId, status, reason }) => [orderId, `${status} ${reason}`]),
    );
    expect(states).toEqual({
      [makeOrder('before').orderId ?? '']: 'charged ',
      [makeOrder('good').orderId ?? '']: 'charged ',
      [makeOrder('mismatch').orderId ?? '']: 'dead-lettered amount_mismatch',
      [makeOrder('currency').orderId ?? '']: 'dead-lettered invalid_order',
    });
    expect((await fixture.charges()).length).toBe(2);
  });

  it('holds its groups through an outage of the provider without using up a delivery', async () => {
    const payment = await fixture.startPayment();
    await fixture.endProvider('SIGKILL');
    for (const key of keys('o', 60)) await fixture.storeGroup([makeOrder(key)]);
    await until('the breaker opens', () => payment.output().includes('"state":"open"') || undefined);
    // Longer than AckWait: only a renewed lease keeps the held groups from being delivered again.
    const outageEndsAt = Date.now() + 6_500;
    await until('the outage has lasted', () => Date.now() > outageEndsAt || undefined);
    await fixture.startProvider();
    await untilSettled();

    expect(await fixture.deliveries()).toMatchObject({ made: 60, stored: 60 });
    expect(await fixture.deadLetters()).toEqual([]);
    expect((await fixture.charges()).length).toBe(60);
    expect((await fixture.outcomes()).map(({ status }) => status)).toEqual(Array(60).fill('charged'));
  });

  it('stops on SIGTERM under load with nothing lost and nothing charged twice', async () => {
    await fixture.setProfile({ latencyMs: 20, jitterMs: 40 });
    const first = await fixture.startPayment();
    let stored = 0;
    let isLoading = true;
    const load = (async () => {
      while (isLoading) await fixture.storeGroup([makeOrder(`t-${stored++}`), makeOrder(`t-${stored++}`)]);
    })();
    await until('it settles', async () => (await fixture.outcomes()).length > 20 || undefined);
    expect(await first.end('SIGTERM')).toBe(0);
    isLoading = false;
    await load;

    await fixture.startPayment();
    await untilSettled();
    const charges = await fixture.charges();
    expect(charges.length).toBe(stored);
    expect(new Set(charges.map(({ order_id }) => order_id)).size).toBe(stored);
    const outcomes = await fixture.outcomes();
    expect(new Set(outcomes.map(({ orderId }) => orderId)).size).toBe(stored);
    expect(outcomes.every(({ status }) => status === 'charged')).toBe(true);
  });

  it('stops on SIGTERM while the provider stalls, and settles what it held when it is back', async () => {
    await fixture.setProfile({ latencyMs: 30_000 });
    const first = await fixture.startPayment();
    for (const key of keys('s', 20)) await fixture.storeGroup([makeOrder(key)]);
    await until('the provider has charged what was pulled', async () =>
      (await fixture.counters()).charged === 16 ? true : undefined,
    );
    expect(await first.end('SIGTERM')).toBe(0);
    expect(await fixture.outcomes()).toEqual([]);

    await fixture.setProfile({});
    await fixture.startPayment();
    await untilSettled();
    expect((await fixture.charges()).length).toBe(20);
    expect((await fixture.outcomes()).map(({ status }) => status)).toEqual(Array(20).fill('charged'));
  });

  it('settles what JetStream gave up on by what the provider knows', async () => {
    const charged = makeOrder('charged-before');
    const never = makeOrder('never-charged');
    await fixture.chargeDirectly(charged);
    const sequence = await fixture.storeGroup([charged, never]);
    await fixture.exhaustDeliveries();
    await fixture.startPayment();
    const outcomes = await until('the outcomes', async () => {
      const found = await fixture.outcomes();
      return found.length > 0 ? found : undefined;
    });

    expect(outcomes.map(({ status, reason }) => [status, reason])).toEqual([
      ['charged', ''],
      ['dead-lettered', 'max_deliveries'],
    ]);
    const [letter] = await fixture.deadLetters();
    expect(letter).toMatchObject({
      cause: 'max_deliveries',
      streamSequence: BigInt(sequence),
      indexInGroup: 1,
    });
    expect((await fixture.charges()).length).toBe(1);
  });
});
