import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BenchResults } from '../loadtests/bench/index.ts';
import { expectMeasured } from './fixtures/bench.ts';
import { createStormproof, processesThatMention, type Stormproof } from './fixtures/stormproof.ts';
import { until } from './fixtures/until.ts';

let stormproof: Stormproof;
beforeAll(async () => {
  stormproof = await createStormproof();
});
afterAll(() => stormproof.cleanUp());

const little = ['--quick', '--rate', '100', '--for', '2', '--capacity-for', '2', '--capacity-rate', '150'];

// The proof of capacity measures the same way, and more arms.
test.skipIf(process.env.STORMPROOF_TEST_PROOFS === '1')(
  'measures the platform and a peer, with every order accounted for, and leaves nothing',
  async () => {
    const arms = ['baseline', 'peer-one-broker'];
    const { exitCode, stdout, stderr } = await stormproof.run(
      ...['bench', ...little, '--arms', arms.join(','), '--json'],
    );
    expect(exitCode, stderr).toBe(0);
    expectMeasured(JSON.parse(stdout) as BenchResults, arms, 200);
    expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
  },
);

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
