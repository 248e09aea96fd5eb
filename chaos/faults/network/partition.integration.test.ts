import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalTarget, type LocalTarget, toolsNeeded } from '../../../targets/local/index.ts';
import { ensureTools } from '../../../tools/index.ts';
import { names, platform, type Topology } from '../../../topology/index.ts';
import type { FaultRequests, Victim } from '../../core/fault.ts';
import { streamLeader } from '../broker/leader.ts';
import { partition } from './partition.ts';

/** Three brokers, their streams, and nothing that uses them. */
const topology: Topology = {
  ...platform,
  services: [],
  consumers: [],
  edges: platform.edges.filter(({ protocol }) => protocol === 'nats-route'),
};

let target: LocalTarget;

beforeAll(async () => {
  const tools = await ensureTools(toolsNeeded({ topology, chaos: true }), { env: process.env });
  const runDir = await mkdtemp(join(tmpdir(), 'partition-'));
  target = createLocalTarget({ topology, runDir, tools, chaos: true });
  await target.up();
});

afterAll(async () => {
  await target?.down({ deleteData: true });
});

const resolve = async (request: FaultRequests['partition']): Promise<Victim> =>
  JSON.parse(JSON.stringify(await partition.resolve(target, request)));

async function healAll(victims: readonly Victim[]): Promise<void> {
  await Promise.all(victims.map((victim) => partition.heal(target, victim)));
  for (const victim of victims) {
    await expect.poll(() => partition.residue(target, victim), { timeout: 20_000 }).toEqual([]);
  }
  await expect.poll(hasLeader, { timeout: 30_000 }).toBe(true);
}

const hasLeader = () =>
  streamLeader(target, names.ordersStream).then(
    () => true,
    () => false,
  );

test('is not proven when nothing was injected', async () => {
  const victim = await resolve({ broker: 'nats-0', direction: 'both' });
  const proof = await (await partition.observe(target, victim)).prove();
  expect(proof).toMatchObject({ acted: false });
  expect(proof.measurement).toMatch(/^[1-9]\d* messages crossed/);
});

test('is not proven when it cuts another broker off', async () => {
  const meant = await resolve({ broker: 'nats-0', direction: 'both' });
  const observation = await partition.observe(target, meant);
  const hit = await resolve({ broker: 'nats-1', direction: 'both' });
  await partition.inject(target, hit);
  expect(await observation.prove()).toMatchObject({ acted: false });
  await healAll([hit]);
});

test.each([
  { broker: { leaderOf: names.ordersStream }, direction: 'both' },
  { broker: { leaderOf: names.ordersStream }, direction: 'towards' },
  { broker: 'nats-2', direction: 'from' },
] as const)('is proven by what brokers receive, and heals to a full mesh: %j', async (request) => {
  const victim = await resolve(request);
  const observation = await partition.observe(target, victim);
  await partition.inject(target, victim);
  expect(await observation.prove()).toMatchObject({ acted: true });
  expect(await partition.residue(target, victim)).not.toEqual([]);
  await partition.heal(target, victim);
  await healAll([victim]);
});

test('two partitions that leave no majority are proven on the routes that each cuts', async () => {
  const victims = [];
  const proofs = [];
  for (const broker of ['nats-0', 'nats-1']) {
    const victim = await resolve({ broker, direction: 'both' });
    proofs.push(await partition.observe(target, victim));
    await partition.inject(target, victim);
    victims.push(victim);
  }
  for (const proof of proofs) expect(await proof.prove()).toMatchObject({ acted: true });
  await healAll(victims);
});

test('leaves a residue while a broker is not connected to the others', async () => {
  const victim = await resolve({ broker: 'nats-0', direction: 'both' });
  await target.kill('nats-2');
  const residue = await partition.residue(target, victim);
  expect(residue).toEqual(
    expect.arrayContaining(['nats-0 has no route to nats-2', 'nats-2 has no route to nats-0']),
  );
  await target.start('nats-2');
});
