import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BenchResults } from '../loadtests/bench/index.ts';
import { createStormproof, processesThatMention, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

let stormproof: Stormproof;
beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

const little = ['--quick', '--rate', '100', '--for', '2', '--capacity-for', '2', '--capacity-rate', '150'];

test('measures the platform and a peer, with every order accounted for, and leaves nothing', async () => {
  const arms = ['baseline', 'peer-one-broker'];
  const { exitCode, stdout, stderr } = await stormproof.run(
    ...['bench', ...little, '--arms', arms.join(','), '--json'],
  );
  expect(exitCode, stderr).toBe(0);
  const { turns, losses, wasInterrupted } = JSON.parse(stdout) as BenchResults;
  const bytes = { bytesPerOrder: { streams: expect.any(Number), databases: expect.any(Number) } };
  const inOrder = arms.map((arm) => turns.find((turn) => turn.arm === arm));
  expect(inOrder).toMatchObject(
    arms.map((arm) => ({
      ...{ arm, round: 1, outcome: 'measured' },
      paced: {
        ...{ cpuUsPerOrder: { 'order-0': expect.any(Number) }, settlementP99Ms: expect.any(Number) },
      },
      capacity: { ordersPerSecond: expect.any(Number), settledPerSecond: expect.any(Number), ...bytes },
    })),
  );
  for (const turn of inOrder) {
    const paced = turn?.outcome === 'measured' ? turn.paced : undefined;
    // A machine that others use may make an order late; each is accounted for all the same.
    expect((paced?.orders ?? 0) + (paced?.unaccepted ?? 0)).toBe(200);
    expect(paced?.orders).toBeGreaterThan(100);
  }
  expect({ losses, wasInterrupted }).toEqual({ losses: [], wasInterrupted: false });
  expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
});

test('stops everything when it is interrupted, and says which arms are complete', async () => {
  const { process, finished } = stormproof.start(
    'bench',
    ...little,
    '--arms',
    'peer-one-broker',
    '--for',
    '600',
  );
  let said = '';
  process.stderr?.on('data', (text: string) => {
    said += text;
  });
  // How a run stands is said every ten seconds.
  await until('orders are accepted', async () => said.includes(' accepted, '), 60_000);
  process.kill('SIGINT');
  const { exitCode, stderr } = await finished;
  expect(stderr).toContain('interrupted; complete: none');
  expect(exitCode).toBe(12);
  expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
});

test('refuses arms that it does not know, and to write figures that mean nothing', async () => {
  expect(await stormproof.run('bench', '--arms', 'fastest')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Unknown: fastest'),
  });
  expect(await stormproof.run('bench', '--quick', '--write')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('leave out --quick'),
  });
});
