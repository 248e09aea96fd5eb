import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redriveLetters } from '../services/dead-letters/index.ts';
import { makeOrder } from '../services/payment/fixtures/orders.ts';
import { run, until } from '../services/runtime/fixtures/processes.ts';
import { ensureTools } from '../tools/index.ts';
import { type DeadLetterPlatform, startDeadLetterPlatform } from './fixtures/dead-letters.ts';
import { drawsOf } from './fixtures/garbage.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const kills = isLong ? 100 : 5;
/** A kill comes before this many steps; each letter has four, and sixteen are under way at once. */
const stepsMax = 100;

const redriveMain = fileURLToPath(new URL('./fixtures/redrive.ts', import.meta.url));

let platform: DeadLetterPlatform;

beforeEach(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  platform = await startDeadLetterPlatform(tools['nats-server']);
});
afterEach(() => platform.stop());

/** @param steps after how many it is killed; 0 for never */
const redrive = async (steps: number, order = 'right') => {
  const program = run(process.execPath, [redriveMain, platform.fixture.natsUrl, String(steps), order]);
  return { exitCode: await program.exited(), output: program.output() };
};

describe('a redrive', () => {
  test(
    `that is killed ${kills} times loses no order, and none is charged twice`,
    async () => {
      const seed = Number(process.env.STORMPROOF_SEED ?? Date.now() % 2 ** 32);
      process.stderr.write(`seed ${seed} (STORMPROOF_SEED=${seed} repeats it)\n`);
      const draw = drawsOf(seed);
      // Enough for every kill to find some that are open.
      const orders = kills * 12 + 30;
      await platform.giveUp(orders);

      for (let kill = 0; kill < kills; kill++) {
        expect(await redrive(1 + draw(stepsMax))).toEqual({ exitCode: null, output: '' });
      }
      expect(await redrive(0)).toEqual({ exitCode: 0, output: '' });
      await platform.untilSettled();

      const charges = await platform.fixture.charges();
      expect(charges.length).toBe(orders);
      expect(new Set(charges.map(({ order_id }) => order_id)).size).toBe(orders);
      const letters = await platform.letters();
      expect(letters.map(({ actions }) => actions[0]?.by)).toEqual(Array(orders).fill('tester'));
      const ledger = await platform.audit();
      expect(ledger).toMatchObject({ verdict: 'PASS', findings: [], gaps: [] });
      expect(ledger.counts).toMatchObject({ stored: orders, charged: orders, charges: orders });
      // Some letters were put back more than once, or the kills hit nothing.
      expect(ledger.counts.copies).toBeGreaterThan(2 * orders);
    },
    isLong ? 900_000 : undefined,
  );

  test('that closes a letter before its order is stored is found out when it is killed', async () => {
    await platform.giveUp(20);
    expect(await redrive(20, 'closed-first')).toEqual({ exitCode: null, output: '' });
    expect((await redrive(0)).exitCode).toBe(0);
    await platform.untilSettled();
    const ledger = await platform.audit();
    expect(ledger.verdict).toBe('FAIL');
    expect(ledger.findings.map(({ invariant, breaches }) => [invariant, Object.keys(breaches)])).toEqual([
      ['dead-lettered', ['outcome without dead letter']],
    ]);
  });

  test('of an order that was charged once takes that charge, though the provider has forgotten its key', async () => {
    const order = makeOrder('given-up-0');
    await platform.giveUp(1);
    await platform.fixture.chargeDirectly(order);
    await platform.fixture.setProfile({ forgottenRatio: 1 });
    const status = async () => {
      const answer = await fetch(`${platform.order.admin}/admin/orders/${order.orderId}`);
      return ((await answer.json()) as { status: string }).status;
    };
    await until('the order is given up', async () => (await status()) === 'dead-lettered' || undefined);
    expect(await redrive(0)).toEqual({ exitCode: 0, output: '' });
    await platform.untilSettled();
    expect(await status()).toBe('charged');
    expect((await platform.fixture.charges()).length).toBe(1);
    expect((await platform.fixture.outcomes()).map(({ status, chargeId }) => [status, chargeId])).toEqual([
      ['dead-lettered', ''],
      ['charged', 'ch_1'],
    ]);

    // A copy that does not say that it was redriven is charged at once, and again.
    await platform.fixture.storeGroup([order]);
    await platform.untilSettled();
    expect((await platform.fixture.charges()).length).toBe(2);
    const { findings } = await platform.audit();
    expect(findings.map(({ invariant }) => invariant)).toContain('double-charged');
  });

  test('puts back what is there to put back, and says of the rest why not', async () => {
    await platform.fixture.startPayment();
    await platform.fixture.storeBytes(new TextEncoder().encode('\u0001no protobuf'));
    const mixed = await platform.fixture.storeGroup([
      makeOrder('good'),
      makeOrder('bad', { totalAmount: 1 }),
    ]);
    await platform.untilSettled();
    const before = await platform.letters();
    expect(before.map(({ cause }) => cause).sort()).toEqual(['amount_mismatch', 'undecodable']);
    const gone = { ...before[0], order: undefined, stream: 'ORDERS', streamSequence: mixed + 100 };
    const { redriven, refused } = await redriveLetters({
      client: platform.manager.jetstream(),
      manager: platform.manager,
      letters: [...before, gone as (typeof before)[number]],
      actor: { by: 'tester', note: '' },
      now: Date.now,
      signal: new AbortController().signal,
      onDone: () => {},
    });
    expect(redriven.length).toBe(2);
    expect(refused.map(({ why }) => why)).toEqual([
      `the letter keeps no order, and message ${mixed + 100} of stream ORDERS is there no more`,
    ]);
    // Nothing has changed that would make them better.
    await platform.untilSettled();
    const after = await platform.letters();
    expect(after.map(({ cause, actions }) => [cause, actions.length])).toEqual(
      expect.arrayContaining([
        ['undecodable', 1],
        ['amount_mismatch', 1],
        ['undecodable', 0],
        ['amount_mismatch', 0],
      ]),
    );
  });
});
