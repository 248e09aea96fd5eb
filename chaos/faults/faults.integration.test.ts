import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalTarget, type LocalTarget, toolsNeeded } from '../../targets/local/index.ts';
import { ensureTools } from '../../tools/index.ts';
import { names, platform, type Topology } from '../../topology/index.ts';
import { withBrokers } from '../core/brokers.ts';
import { completeRequest, type FaultKind } from '../core/fault.ts';
import { healParts, look, lookUntilClean } from '../core/sweep.ts';
import { faultKinds, sweeps } from './index.ts';
import { readCounters } from './provider/profile.ts';

/** Three brokers, payment and the provider: what processes, streams and the provider's behaviour need. */
const topology: Topology = {
  ...platform,
  services: platform.services.filter(({ name }) => name === 'payment' || name === 'psp'),
  edges: platform.edges.filter(({ from, to }) => from === 'payment' && (to === 'nats' || to === 'psp')),
};

let target: LocalTarget;
let charging: NodeJS.Timeout;

beforeAll(async () => {
  const tools = await ensureTools(toolsNeeded({ topology, chaos: false }), { env: process.env });
  const runDir = await mkdtemp(join(tmpdir(), 'faults-'));
  target = createLocalTarget({ topology, runDir, tools, chaos: false });
  await target.up();
  await withBrokers(target, { reconnectsMax: 3 }, async (connection) => {
    await jetstream(connection).publish(names.outcomesSubject, 'an outcome');
  });
  const [psp] = (await target.addresses()).psp;
  let charges = 0;
  charging = setInterval(() => {
    const key = `key-${charges++}`;
    void fetch(`${psp}/v1/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ order_id: key, amount_minor: 5, currency: 'EUR', run_id: 'run' }),
    }).catch(() => {
      // The provider is being killed; the next charge tells more.
    });
  }, 20);
  while ((await readCounters(target)).charged === 0) await sleep(20);
});

afterAll(async () => {
  clearInterval(charging);
  await target?.down({ deleteData: true });
});

const cases: readonly { readonly kind: FaultKind<never>; readonly request: object }[] = [
  { kind: faultKinds['provider-slow'], request: { latencyMs: 300 } },
  { kind: faultKinds['provider-late'], request: { latencyMs: 2_100 } },
  { kind: faultKinds['provider-errors'], request: { share: 0.5 } },
  { kind: faultKinds['provider-declines'], request: { share: 0.5 } },
  { kind: faultKinds['provider-lies'], request: { share: 0.5 } },
  { kind: faultKinds.pause, request: { instance: 'psp-0' } },
  { kind: faultKinds['cpu-squeeze'], request: { instance: 'psp-0', share: 0.3 } },
  { kind: faultKinds['database-contention'], request: { instance: 'psp-0' } },
  { kind: faultKinds['slow-start'], request: { instance: 'psp-0' } },
  { kind: faultKinds.kill, request: { instance: { leaderOf: names.ordersStream } } },
  { kind: faultKinds['rolling-restart'], request: { service: 'psp' } },
  { kind: faultKinds['stream-full'], request: { stream: names.outcomesStream } },
  { kind: faultKinds['step-down'], request: { stream: names.ordersStream } },
  { kind: faultKinds.poison, request: {} },
  // Of the last group that payment has acknowledged: the poison's.
  { kind: faultKinds.redelivery, request: { groups: 1 } },
];

const resolve = ({ kind, request }: (typeof cases)[number]) =>
  kind.resolve(target, completeRequest(kind, request as never));

test('no fault is proven when nothing was injected', async () => {
  const proofs = await Promise.all(
    cases.map(async (one) => (await one.kind.observe(target, await resolve(one))).prove()),
  );
  expect(proofs.map(({ acted }) => acted)).toEqual(cases.map(() => false));
});

test.each(cases)('$kind.name is proven while it holds, and healed from the journal alone', async (one) => {
  const { kind } = one;
  const victim = JSON.parse(JSON.stringify(await resolve(one)));
  const observation = await kind.observe(target, victim);
  await kind.inject(target, victim);
  expect(await observation.prove()).toMatchObject({ acted: true });
  await kind.heal(target, victim);
  await kind.heal(target, victim);
  const { wrong } = await lookUntilClean(target, sweeps, { timeoutMs: 20_000 });
  expect([wrong, await kind.residue(target, victim)]).toEqual([[], []]);
});

test('a sweep lists what it looked at, finds what nobody journaled, and heals it', async () => {
  await target.pause('payment-0');
  await target.kill('nats-1');
  await faultKinds['provider-errors'].inject(target, { share: 1 });
  const found = await look(target, sweeps);
  expect(found.looked).toEqual(expect.arrayContaining(['nats-0', 'payment-0', "the provider's profile"]));
  expect(found.wrong).toEqual(
    expect.arrayContaining([
      'payment-0 is paused',
      'nats-1 is stopped',
      "the provider's profile still has errorRatio 1",
    ]),
  );
  expect(await healParts(target, sweeps)).toEqual([]);
  const healed = await lookUntilClean(target, sweeps, { timeoutMs: 30_000 });
  expect(healed.wrong).toEqual([]);
  expect(healed.looked).toContain('stream ORDERS');
});
