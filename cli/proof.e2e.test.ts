import { glob, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BenchResults, parseResults } from '../loadtests/bench/index.ts';
import { capacityArms, type ProofName } from '../loadtests/proofs/index.ts';
import { expectMeasured } from './fixtures/bench.ts';
import { createStormproof, processesThatMention, type Stormproof } from './fixtures/stormproof.ts';
import type { ProofResult } from './proof-result.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const isWanted = isLong || process.env.STORMPROOF_TEST_PROOFS === '1';

async function prove(stormproof: Stormproof, line: ProofName, ...args: string[]): Promise<ProofResult> {
  const { exitCode, stdout, stderr } = await stormproof.run('proof', line, ...args, '--json');
  if (!stdout.startsWith('{')) throw new Error(`no result (exit code ${exitCode}): ${stderr}`);
  const result = JSON.parse(stdout) as ProofResult;
  expect(exitCode).toBe({ PASS: 0, FAIL: 10, INCONCLUSIVE: 11, ABORTED: 12 }[result.verdict]);
  return result;
}

/** What the one benchmark of a state directory has found. */
async function readBenchResults({ stateDir }: Stormproof): Promise<BenchResults> {
  for await (const file of glob(`${stateDir}/bench/*/performance.json`)) {
    return parseResults(await readFile(file, 'utf8'));
  }
  throw new Error(`no benchmark has left its results in ${stateDir}`);
}

describe.runIf(isWanted)('scaled down, and on whatever machine,', () => {
  let stormproof: Stormproof;
  beforeAll(async () => {
    stormproof = await createStormproof();
    const { exitCode, stderr } = await stormproof.run('up', '--no-chaos');
    if (exitCode !== 0) throw new Error(stderr);
  });
  afterAll(() => stormproof.cleanUp());

  /** Proves a line, and holds it to everything but speed. */
  async function proveSmall(line: ProofName, ...args: string[]): Promise<ProofResult> {
    const result = await prove(stormproof, line, '--small', ...args);
    const broken = result.checks.filter(
      ({ check, restsOnSpeed }) => !restsOnSpeed && !['met', 'not-applicable'].includes(check.status),
    );
    expect(broken).toEqual([]);
    return result;
  }
  /** What was shown that no machine can be too slow for. */
  const shown = ({ checks }: ProofResult) =>
    checks
      .filter(({ check, restsOnSpeed }) => !restsOnSpeed && check.status === 'met')
      .map(({ name }) => name);
  const accounted = 'every order is accounted for';

  test('a steady load and its audit lose nothing, in bounded memory', async () => {
    const steady = await proveSmall('steady');
    expect(shown(steady)).toEqual([accounted, 'no service takes more memory than its limit']);
    const audit = await proveSmall('audit', '--run', steady.runs[0] ?? '');
    expect(shown(audit)).toEqual([
      ...[accounted, 'the audit is of ≥ 4,500 orders', 'peak memory of the audit < 500 MB'],
    ]);
  });

  test('Black Friday loses nothing', async () => {
    expect(shown(await proveSmall('black-friday'))).toEqual([accounted]);
  });

  test('Black Friday loses nothing when leader and payment are killed', async () => {
    const { checks } = await proveSmall('black-friday-faults');
    expect(checks.map(({ name }) => name)).toContain(
      'refusals and unknowns come inside the fault window only',
    );
  });

  test('an overload is refused politely, and loses nothing', async () => {
    expect(shown(await proveSmall('overload'))).toEqual([
      ...Array(2).fill('every order of the closed loop is accounted for'),
      ...[accounted, 'every 429 and 503 says when to come again'],
    ]);
  });

  test('a soak survives that everything is killed and projections are gone', async () => {
    const soak = await proveSmall('soak');
    expect(shown(soak)).toEqual([
      ...[accounted, accounted],
      ...['everything that was killed comes back', 'every order is still accounted for after that'],
    ]);
    expect((await stormproof.run('status')).exitCode).toBe(0);
  });
});

describe('the command', () => {
  let stormproof: Stormproof;
  beforeAll(async () => {
    stormproof = await createStormproof();
  });
  afterAll(() => stormproof.cleanUp());

  test.runIf(isWanted)('measures capacity beside peers, keeps the result, and leaves nothing', async () => {
    const { checks, verdict } = await prove(stormproof, 'capacity', '--small');
    expect(checks[0]).toMatchObject({ found: '3 of 3', check: { status: 'met' } });
    expect(verdict).toBe('PASS');
    expectMeasured(await readBenchResults(stormproof), capacityArms, 200);
    const { stderr } = await stormproof.run('proof', 'capacity', '--results', 'package.json');
    expect(stderr).toContain('these are no results of this version');
    expect(await processesThatMention(stormproof.stateDir)).toEqual([]);
  });

  test.each([
    [['fastest'], /Allowed choices are steady, black-friday/],
    [['steady', '--run', 'x'], /only the line audit takes it/],
    [['soak', '--results', 'x'], /only the line capacity takes it/],
    [['capacity', '--results', 'no/such/file'], /--results: ENOENT/],
  ])('refuses %j', async (words, said) => {
    const { exitCode, stderr } = await stormproof.run('proof', ...words);
    expect(stderr).toMatch(said);
    expect(exitCode).toBe(2);
  });
});

/** Each on a platform of its own, and with the machine for itself: figures of speed are what these are about. */
describe.runIf(isLong)('at full size', { retry: 0, timeout: 5_400_000 }, () => {
  test.each<readonly [ProofName, ...(readonly ProofName[])]>([
    ['steady', 'audit'],
    ['black-friday'],
    ['black-friday-faults'],
    ['overload'],
    ['capacity'],
    ['soak'],
  ])('%s passes', async (line, then) => {
    const stormproof = await createStormproof();
    try {
      const first = await prove(stormproof, line, ...(then === undefined ? [] : ['--keep']));
      expect(first).toMatchObject({ verdict: 'PASS', reasons: [] });
      if (then === undefined) return;
      const second = await prove(stormproof, then, '--run', first.runs[0] ?? '');
      expect(second).toMatchObject({ verdict: 'PASS', reasons: [] });
    } finally {
      await stormproof.cleanUp();
    }
  });
});
