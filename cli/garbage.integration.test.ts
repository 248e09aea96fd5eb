import { jetstream } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeOrder } from '../services/payment/fixtures/orders.ts';
import { ensureTools } from '../tools/index.ts';
import { names } from '../topology/platform.ts';
import { type DeadLetterPlatform, startDeadLetterPlatform } from './fixtures/dead-letters.ts';
import { enduredSeconds, expectNoGrowth, watchEndurance } from './fixtures/endurance.ts';
import {
  type Draw,
  drawsOf,
  garbageKinds,
  largeKinds,
  makeGarbage,
  randomBytes,
} from './fixtures/garbage.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const forMs = enduredSeconds(4) * 1_000;
/** Each kind of garbage comes some times. */
const roundsMin = 4;

let platform: DeadLetterPlatform;

beforeEach(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  platform = await startDeadLetterPlatform(tools['nats-server']);
});
afterEach(() => platform.stop());

describe('garbage in the streams', () => {
  test(
    'is dead-lettered with a cause, and costs its neighbours nothing',
    async () => {
      const seed = Number(process.env.STORMPROOF_SEED ?? Date.now() % 2 ** 32);
      process.stderr.write(`seed ${seed} (STORMPROOF_SEED=${seed} repeats it)\n`);
      const draw = drawsOf(seed);
      await platform.fixture.startPayment();
      const endurance = watchEndurance(platform.processes());

      const sound: string[] = [];
      const answers: Record<number, number> = {};
      const beganAtMs = Date.now();
      let rounds = 0;
      for (; Date.now() - beganAtMs < forMs || rounds < roundsMin; rounds++) {
        const kinds = garbageKinds.filter((kind) => rounds % 20 === 0 || !largeKinds.includes(kind));
        const stored = throwGarbage(draw, `garbage-${rounds}`, kinds);
        const { status, orderId } = await handIn(`beside-garbage-${rounds}`);
        answers[status] = (answers[status] ?? 0) + 1;
        sound.push(...(await stored).map((key) => makeOrder(key).orderId ?? ''));
        if (orderId !== undefined) sound.push(orderId);
        await platform.untilSettled();
        expect(endurance.gone()).toEqual([]);
      }
      endurance.stop();
      process.stderr.write(`${rounds} rounds; answers ${JSON.stringify(answers)}\n`);
      expect(Object.keys(answers).filter((status) => !['201', '503', '504'].includes(status))).toEqual([]);
      expect(answers[201]).toBeGreaterThan(0);
      if (isLong) expectNoGrowth(endurance);

      const charges = await platform.fixture.charges();
      const charged = new Map(charges.map(({ order_id, state }) => [order_id, state]));
      expect(sound.filter((orderId) => charged.get(orderId) !== 'charged')).toEqual([]);
      const ledger = await platform.audit(['undecodable', 'dead-lettered']);
      expect(ledger.findings.filter(({ isExpected }) => !isExpected)).toEqual([]);
      expect(ledger).toMatchObject({ verdict: 'PASS', gaps: [] });
      const letters = await platform.letters();
      const causes = new Set(letters.map(({ cause }) => cause));
      expect([...causes]).toEqual(expect.arrayContaining(['undecodable', 'invalid_order']));
    },
    forMs + 300_000,
  );
});

/** Hands an order in as a client does. @returns the status of the answer, and the id when it was accepted */
async function handIn(key: string): Promise<{ readonly status: number; readonly orderId?: string }> {
  const answer = await fetch(`${platform.order.url}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ customer_id: 'beside', amount_minor: 1_000, currency: 'EUR' }),
  });
  const { order_id: orderId } = (await answer.json()) as { order_id?: string };
  return { status: answer.status, ...(orderId === undefined ? {} : { orderId }) };
}

/** Writes one message of each of the kinds, and noise into the other streams. @returns the keys of the sound orders among them */
async function throwGarbage(draw: Draw, key: string, kinds: readonly string[]): Promise<readonly string[]> {
  const client = jetstream(platform.connection);
  const sound: string[] = [];
  for (const [at, kind] of kinds.entries()) {
    const garbage = makeGarbage(kind, draw, `${key}-${at}`);
    await platform.fixture.storeBytes(garbage.bytes);
    sound.push(...garbage.sound);
  }
  const noise = () => Buffer.concat([Buffer.of(0xff, 0x07), randomBytes(draw, draw(500))]);
  for (const subject of [names.outcomesSubject, names.deadLettersSubject, names.deadLetterActionsSubject]) {
    await client.publish(subject, noise());
  }
  const advisory = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${names.ordersStream}.${names.paymentConsumer}`;
  platform.connection.publish(advisory, noise());
  return sound;
}
