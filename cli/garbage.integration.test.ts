import { readFile } from 'node:fs/promises';
import { jetstream } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeOrder } from '../services/payment/fixtures/orders.ts';
import type { RunningProcess } from '../services/runtime/fixtures/processes.ts';
import { ensureTools } from '../tools/index.ts';
import { names } from '../topology/platform.ts';
import { type DeadLetterPlatform, startDeadLetterPlatform } from './fixtures/dead-letters.ts';
import {
  type Draw,
  drawsOf,
  garbageKinds,
  largeKinds,
  makeGarbage,
  randomBytes,
} from './fixtures/garbage.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const forMs = isLong ? 600_000 : 4_000;
/** What may be in memory beyond what was after the first rounds: collectors let garbage lie for a while. */
const growthBytesMax = 150 * 1024 * 1024;
/** Rounds before memory is first looked at: code is compiled, buffers have grown to the largest message. */
const warmUpRounds = 3;

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
      const payment = await platform.fixture.startPayment();
      const services = { payment, order: platform.order.process };
      const gone: string[] = [];
      for (const [name, service] of Object.entries(services))
        void service.exited().then(() => gone.push(name));

      const sound: string[] = [];
      const beganAtMs = Date.now();
      let rssBefore: readonly number[] | undefined;
      for (let round = 0; Date.now() - beganAtMs < forMs || round <= warmUpRounds; round++) {
        const kinds = garbageKinds.filter((kind) => round % 20 === 0 || !largeKinds.includes(kind));
        sound.push(...(await throwGarbage(draw, `garbage-${round}`, kinds)));
        await platform.untilSettled();
        expect({ round, gone }).toEqual({ round, gone: [] });
        if (round === warmUpRounds) rssBefore = await rssOf(Object.values(services));
      }
      const rssAfter = await rssOf(Object.values(services));

      const charges = await platform.fixture.charges();
      const charged = new Map(charges.map(({ order_id, state }) => [order_id, state]));
      const missing = sound.filter((key) => charged.get(makeOrder(key).orderId ?? '') !== 'charged');
      expect(missing).toEqual([]);
      const ledger = await platform.audit(['undecodable', 'dead-lettered']);
      expect(ledger.findings.filter(({ isExpected }) => !isExpected)).toEqual([]);
      expect(ledger).toMatchObject({ verdict: 'PASS', gaps: [] });
      const letters = await platform.letters();
      const causes = new Set(letters.map(({ cause }) => cause));
      expect([...causes]).toEqual(expect.arrayContaining(['undecodable', 'invalid_order']));
      for (const [at, before] of (rssBefore ?? []).entries()) {
        expect(rssAfter[at]).toBeLessThan(before + growthBytesMax);
      }
    },
    forMs + 300_000,
  );
});

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

/** Resident memory of processes, bytes. */
function rssOf(services: readonly RunningProcess[]): Promise<readonly number[]> {
  return Promise.all(
    services.map(async ({ pid }) => {
      const kibibytes = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
      return Number(kibibytes) * 1_024;
    }),
  );
}
