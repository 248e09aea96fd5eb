import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { possibleExperiments } from './fixtures/experiments.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';

let stormproof: Stormproof;

beforeEach(async () => {
  stormproof = await createStormproof();
});
afterEach(() => stormproof.cleanUp());

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')(
  'an experiment on the platform as it is delivered',
  () => {
    test.each(possibleExperiments)('$name: $hypothesis', async ({ name }) => {
      const { report, exitCode } = await stormproof.report('chaos', 'run', name, '--rate', '300');
      expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
      expect(report.faults.every(({ isProven }) => isProven)).toBe(true);
      expect(report.residue?.found).toEqual([]);
      expect(exitCode).toBe(0);
    });

    test('is aborted and healed when the order service stays away', async () => {
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
  },
);
