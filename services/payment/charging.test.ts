import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it } from 'vitest';
import { OrderCreatedSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import { type Breaker, createBreaker, createLog, RemoteError } from '../runtime/index.ts';
import { AbandonedError } from './abandoned.ts';
import { type ChargeMode, createCharger } from './charging.ts';
import type { Decision } from './decision.ts';
import { defaultFailureRule } from './failures.ts';
import { makeOrder } from './fixtures/orders.ts';
import { createGate } from './gate.ts';
import {
  type Charge,
  type ChargeAnswer,
  type PaymentProvider,
  type RecordedCharge,
  rejectedCode,
} from './providers/provider.ts';

const orders = (...keys: string[]) => keys.map((key) => create(OrderCreatedSchema, makeOrder(key)));
const keyOf = (name: string) => makeOrder(name).chargeKey ?? '';
const down = () => new RemoteError('unreachable', 'nobody there', { isDefinite: true });

/** A provider in memory whose every charge and call a test may answer otherwise. */
function fakeProvider(
  behaviour: {
    readonly onCall?: (charges: readonly Charge[]) => void;
    readonly onCharge?: (charge: Charge) => ChargeAnswer | undefined;
  } = {},
) {
  const records = new Map<string, RecordedCharge>();
  const calls: string[][] = [];
  const chargeOne = (charge: Charge): ChargeAnswer => {
    const special = behaviour.onCharge?.(charge);
    if (special !== undefined) return special;
    const answer = { status: 'charged', chargeId: `ch-${charge.orderId}` } as const;
    records.set(charge.chargeKey, { ...charge, answer });
    return answer;
  };
  const provider: PaymentProvider = {
    name: 'fake',
    batchMax: 3,
    async charge(charge) {
      calls.push([charge.chargeKey]);
      behaviour.onCall?.([charge]);
      return chargeOne(charge);
    },
    async chargeBatch(charges) {
      calls.push(charges.map(({ chargeKey }) => chargeKey));
      behaviour.onCall?.(charges);
      return charges.map(chargeOne);
    },
    lookup: async (chargeKey) => records.get(chargeKey),
    close: () => {},
  };
  return { provider, calls, records };
}

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function setUp(
  provider: PaymentProvider,
  options: { mode?: ChargeMode; resetMs?: number; backoffMs?: number } = {},
) {
  const stopping = new AbortController();
  const breaker: Breaker = createBreaker({ name: 'fake', resetMs: options.resetMs ?? 20 });
  const attempts = { decided: 0, failed: 0 };
  stops.push(() => breaker.shutdown());
  const charger = createCharger({
    provider,
    breaker,
    gate: createGate(breaker, stopping.signal),
    rule: defaultFailureRule,
    mode: options.mode ?? 'batch',
    chargeKeyOf: (order) => order.chargeKey,
    retry: { baseMs: options.backoffMs ?? 1, capMs: options.backoffMs ?? 2 },
    log: createLog({ service: 'payment', instance: 'payment-0', level: 'silent' }),
    onCall: () => {},
    onAttempts: (decided, failed) => {
      attempts.decided += decided;
      attempts.failed += failed;
    },
    monotonicMs: () => performance.now(),
    signal: stopping.signal,
  });
  const decide = (...keys: string[]) => charger.decide(orders(...keys), () => undefined);
  return { charger, breaker, decide, attempts, stop: () => stopping.abort() };
}

/** Charges other orders, one by one, until the decisions asked for are there. */
async function whileOthersAreCharged<T>(
  decide: (key: string) => Promise<unknown>,
  deciding: Promise<T>,
): Promise<T> {
  let isDone = false;
  const others = (async () => {
    for (let i = 0; !isDone; i++) {
      await decide(`other-${i}`);
      await nextTurn();
    }
  })();
  const result = await deciding.finally(() => {
    isDone = true;
  });
  await others;
  return result;
}

const statesOf = (decisions: readonly Decision[]) => decisions.map(({ state }) => state);

describe('charging a group', () => {
  it('makes one call for each batch that the provider takes', async () => {
    const { provider, calls } = fakeProvider();
    expect(statesOf(await setUp(provider).decide('a', 'b', 'c', 'd'))).toEqual(Array(4).fill('charged'));
    expect(calls.map((call) => call.length)).toEqual([3, 1]);
  });

  it('charges a redriven order only when the provider has no record of it, however much it forgot', async () => {
    const { provider, calls } = fakeProvider();
    const { charger, decide } = setUp(provider);
    await decide('known');
    calls.length = 0;
    const decided = await charger.decide(orders('known', 'new'), () => undefined, { looksFirst: true });
    expect(decided).toMatchObject([
      { state: 'charged', chargeId: `ch-${makeOrder('known').orderId}` },
      { state: 'charged' },
    ]);
    expect(calls).toEqual([[keyOf('new')]]);
  });

  it('makes one call for each order where that is the mode', async () => {
    const { provider, calls } = fakeProvider();
    await setUp(provider, { mode: 'per-order' }).decide('a', 'b', 'c');
    expect(calls).toEqual([[keyOf('a')], [keyOf('b')], [keyOf('c')]]);
  });

  it.each(['batch', 'per-order'] as const)(
    'counts what the provider decided and what failed: %s',
    async (mode) => {
      let left = 1;
      const { provider } = fakeProvider({
        onCharge: () => (left-- > 0 ? { status: 'error', reason: 'hiccup' } : undefined),
      });
      const { decide, attempts } = setUp(provider, { mode });
      await decide('a', 'b');
      expect(attempts).toEqual({ decided: 2, failed: 1 });
    },
  );

  it('counts every order of a call that fails as a failed attempt', async () => {
    let left = 1;
    const { provider } = fakeProvider({
      onCall: () => {
        if (left-- > 0) throw down();
      },
    });
    const { decide, attempts } = setUp(provider);
    await decide('a', 'b');
    expect(attempts).toEqual({ decided: 2, failed: 2 });
  });

  it('never sends what fails the checks', async () => {
    const { provider, calls } = fakeProvider();
    const { charger } = setUp(provider);
    const faulty = create(OrderCreatedSchema, makeOrder('a', { totalAmount: 1 }));
    const decisions = await charger.decide([faulty, ...orders('b')], () => undefined);
    expect(statesOf(decisions)).toEqual(['dead-lettered', 'charged']);
    expect(calls).toEqual([[keyOf('b')]]);
  });

  it('holds a group through an outage of any number of failures and gives nothing up', async () => {
    let failures = 0;
    const { provider } = fakeProvider({
      onCall: () => {
        if (failures++ < 8) throw down();
      },
    });
    const { breaker, decide } = setUp(provider, { resetMs: 5 });
    const states: string[] = [];
    breaker.onChange((state) => states.push(state));
    expect(statesOf(await decide('a', 'b'))).toEqual(['charged', 'charged']);
    expect(states.slice(0, 3)).toEqual(['open', 'half-open', 'open']);
    expect(states.at(-1)).toBe('closed');
  });

  it('gives up an order that fails while its neighbours are charged, and only that one', async () => {
    const { provider } = fakeProvider({
      onCharge: ({ chargeKey }) =>
        chargeKey === keyOf('bad') ? { status: 'error', reason: 'processor_error' } : undefined,
    });
    const { decide } = setUp(provider);
    const decisions = await whileOthersAreCharged(decide, decide('a', 'bad', 'b'));
    expect(statesOf(decisions)).toEqual(['charged', 'dead-lettered', 'charged']);
    expect(decisions[1]).toMatchObject({ cause: 'charge_failed' });
  });

  it('gives nothing up while a third of all attempts fail at random', async () => {
    let attempts = 0;
    const { provider } = fakeProvider({
      onCharge: () =>
        hash('sha256', `seed 1, attempt ${attempts++}`, 'buffer').readUInt8() < 256 / 3
          ? { status: 'error', reason: 'processor_error' }
          : undefined,
    });
    const { decide } = setUp({ ...provider, batchMax: 256 });
    const groups = Array.from({ length: 20 }, (_, group) =>
      decide(...Array.from({ length: 100 }, (_, i) => `${group}-${i}`)),
    );
    const states = (await Promise.all(groups)).flatMap(statesOf);
    expect(states.filter((state) => state !== 'charged')).toEqual([]);
  });

  it('keeps an order that fails while the provider decides no other', async () => {
    let attempts = 0;
    const { provider } = fakeProvider({
      onCharge: () => (++attempts < 50 ? { status: 'error', reason: 'processor_error' } : undefined),
    });
    expect(statesOf(await setUp(provider).decide('a'))).toEqual(['charged']);
    expect(attempts).toBe(50);
  });

  it('splits a batch that is refused as malformed, so that its neighbours are charged at once', async () => {
    const rejectBad = (charges: readonly Charge[]) => {
      if (charges.some(({ chargeKey }) => chargeKey === keyOf('bad'))) {
        throw new RemoteError(rejectedCode, 'the provider answered 422', { isDefinite: true });
      }
    };
    const { provider, calls, records } = fakeProvider({ onCall: rejectBad });
    const { breaker, decide } = setUp(provider);
    const decisions = await whileOthersAreCharged(decide, decide('a', 'bad', 'b'));
    expect(calls[0]?.length).toBe(3);
    expect(statesOf(decisions)).toEqual(['charged', 'dead-lettered', 'charged']);
    expect(records.has(keyOf('bad'))).toBe(false);
    expect(breaker.state()).toBe('closed');
  });

  it('settles as charged what a call without an answer charges after all, instead of giving it up', async () => {
    const late = new Map<string, RecordedCharge>();
    let calls = 0;
    const { provider } = fakeProvider({
      onCall: ([first]) => {
        if (first?.chargeKey !== keyOf('ghost')) return;
        // The last call before it would be given up is the one that the provider acts on, when its caller has gone.
        if (++calls === defaultFailureRule.orderFailuresMax) {
          setImmediate(() =>
            late.set(first.chargeKey, { ...first, answer: { status: 'charged', chargeId: 'ch-1' } }),
          );
        }
        throw new RemoteError('timeout', 'no answer', { isDefinite: false });
      },
    });
    const { decide } = setUp(
      { ...provider, lookup: async (key) => late.get(key) },
      { mode: 'per-order', backoffMs: 50 },
    );
    const decisions = await whileOthersAreCharged(decide, decide('ghost'));
    expect(decisions).toEqual([{ state: 'charged', chargeId: 'ch-1' }]);
    expect(calls).toBe(defaultFailureRule.orderFailuresMax);
  });

  it('abandons what waits for an open breaker when the service stops', async () => {
    const { provider } = fakeProvider({
      onCall: () => {
        throw down();
      },
    });
    const { breaker, decide, stop } = setUp(provider, { resetMs: 60_000 });
    const deciding = decide('a');
    breaker.onChange(() => stop());
    await expect(deciding).rejects.toBeInstanceOf(AbandonedError);
  });
});

describe('recalling an order', () => {
  it('tells what the provider has on record, a conflict when it is another order', async () => {
    const { provider } = fakeProvider();
    const { charger, decide } = setUp(provider);
    await decide('a');
    const [known, unknown] = orders('a', 'b');
    const other = create(OrderCreatedSchema, makeOrder('a', { orderId: 'f'.repeat(32) }));
    if (known === undefined || unknown === undefined) throw new Error('two orders');
    expect(await charger.recall(known)).toMatchObject({ state: 'charged' });
    expect(await charger.recall(other)).toMatchObject({ state: 'conflict' });
    expect(await charger.recall(unknown)).toBeUndefined();
  });
});
