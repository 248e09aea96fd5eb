import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { suites } from '../chaos/index.ts';
import { possibleExperiments } from './fixtures/experiments.ts';
import { createStormproof, type ReportJson, type Stormproof } from './fixtures/stormproof.ts';
import type { SuiteResult } from './suite-text.ts';

const isLong = process.env.STORMPROOF_TEST_LONG === '1';
const isWanted = isLong || process.env.STORMPROOF_TEST_CHAOS === '1';

/** The suite that leaves nothing out takes about half an hour. */
const suiteTimeoutMs = 3_600_000;

let stormproof: Stormproof;

beforeEach(async () => {
  stormproof = await createStormproof();
});
afterEach(() => stormproof.cleanUp());

/** Runs a suite and checks that every experiment of it passed, and can say why. */
async function expectPass(name: string): Promise<void> {
  const { stdout, stderr, exitCode } = await stormproof.run('chaos', 'run', name, '--rate', '500', '--json');
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { rows, gaps, left } = JSON.parse(stdout) as SuiteResult;
  expect(rows.filter(({ verdict }) => verdict !== 'PASS')).toEqual([]);
  expect(left).toBe(0);
  const plans = suites[name] ?? [];
  // What needs disks that fail is the only thing that a machine may be without.
  const possible = new Set(possibleExperiments.map((plan) => plan.name));
  const impossible = plans.filter((plan) => !possible.has(plan.name));
  expect(gaps.map((gap) => gap.name)).toEqual(impossible.map((plan) => plan.name));
  expect(rows.length + gaps.length).toBe(plans.length);
  for (const { name: experiment, runId = '' } of rows) {
    const file = join(stormproof.stateDir, 'runs', runId, 'report.json');
    const { faults, residue, load } = JSON.parse(await readFile(file, 'utf8')) as ReportJson;
    expect({ experiment, unproven: faults.filter(({ isProven }) => !isProven) }).toEqual({
      experiment,
      unproven: [],
    });
    expect(faults.length).toBeGreaterThan(0);
    expect(residue?.found).toEqual([]);
    expect(load?.manifest.rate).toBeGreaterThanOrEqual(500);
  }
  expect(exitCode).toBe(0);
}

describe.runIf(isWanted)('on the platform as it is delivered', () => {
  test('the quick suite passes, every fault proven', () => expectPass('quick'), suiteTimeoutMs);
});

describe.runIf(isLong)('in long tests', () => {
  test('every experiment passes, every fault proven', () => expectPass('full'), suiteTimeoutMs);

  test('an experiment is aborted and healed when the order service stays away', async () => {
    const { report, exitCode } = await stormproof.report(
      ...['chaos', 'run', 'order-killed', '--set', 'holdMs=60000', '--rate', '100', '--for', '90'],
    );
    expect(report.decision.verdict).toBe('ABORTED');
    const [reason] = report.decision.reasons.filter(({ code }) => code === 'interrupted');
    expect(reason?.text).toMatch(
      /an abort condition at [\d:]+ UTC: the order service was unreachable for 2\d\.\d s/,
    );
    expect(report.faults.every(({ healedAtMs }) => healedAtMs !== undefined)).toBe(true);
    expect(report.residue?.found).toEqual([]);
    expect(exitCode).toBe(12);
  });
});
