import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Arm, armsOf } from '../loadtests/bench/index.ts';
import { platform } from '../topology/index.ts';
import { settingsOf } from './bench-settings.ts';
import { takeArmTurn, toolsOfArm } from './bench-turns.ts';
import type { CommandContext } from './command.ts';
import { processesThatMention } from './fixtures/stormproof.ts';
import { findTools } from './platform.ts';
import { createTerminal } from './terminal.ts';

const settings = {
  ...settingsOf({ quick: true, rate: 100, for: 1, capacityFor: 1, capacityRate: 150 }),
  warmUpSeconds: 0,
};
const { stdout, stderr } = process;
const context: CommandContext = {
  terminal: createTerminal({ isJson: true, stdout, stderr, nowMs: () => performance.now() }),
  signal: new AbortController().signal,
  environment: process.env,
};

/** The baseline without telemetry, which is sooner ready. */
function quiet(changes: Partial<Arm>): Arm {
  const ours = ['client', 'nats', 'order', 'payment', 'psp'];
  const edges = platform.edges.filter(({ from, to }) => ours.includes(from) && ours.includes(to));
  const services = platform.services.filter(({ name }) => ours.includes(name));
  const { baseline } = armsOf({ ...platform, services, edges });
  return { ...baseline, ...changes };
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stormproof-bench-turns-'));
});
afterAll(() => rm(root, { recursive: true }));

const take = async (arm: Arm, round: number) =>
  takeArmTurn({
    ...{ arm, settings, context, turn: { arm: arm.name, round } },
    tools: await findTools([...toolsOfArm(arm)], context),
    ...{ platformsDir: join(root, 'platforms'), directory: join(root, 'run') },
  });

test('an arm that mistreats orders has no figures, but what the ledger found, and keeps what explains it', async () => {
  const outcome = await take(quiet({ overrides: { payment: 'chaos/sabotage/random-charge-key.ts' } }), 1);
  expect(outcome).toEqual({ outcome: 'violated', findings: [{ invariant: 'miskeyed', count: 100 }] });
  expect(existsSync(join(root, 'run', 'baseline-1', 'logs', 'payment-0.log'))).toBe(true);
  expect(await processesThatMention(root)).toEqual([]);
});

test('a ceiling has the figure of a publisher that the brokers let in', async () => {
  const ceiling = armsOf(platform)['ceiling-grouped'];
  expect(await take(ceiling, 1)).toMatchObject({
    outcome: 'measured',
    capacity: { ordersPerSecond: expect.any(Number), publisher: { clients: expect.any(Number) } },
  });
});

test('an arm that does not start is inconclusive, and leaves nothing running', async () => {
  const outcome = await take(quiet({ settings: { order: { STORMPROOF_SAMPLE_RATIO: '7' } } }), 2);
  expect(outcome).toEqual({
    outcome: 'inconclusive',
    why: expect.stringMatching(/^the platform did not start: order-0 ended/),
  });
  expect(existsSync(join(root, 'platforms', 'baseline-2'))).toBe(false);
  expect(await processesThatMention(root)).toEqual([]);
});
