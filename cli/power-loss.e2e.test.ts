import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemsOfDisks } from '../targets/local/index.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';

const canRun = process.env.STORMPROOF_TEST_LONG === '1' && problemsOfDisks().length === 0;

describe.runIf(canRun)('brokers that all lose their power under load', () => {
  let stormproof: Stormproof;

  beforeEach(async () => {
    stormproof = await createStormproof();
  });
  afterEach(() => stormproof.cleanUp());

  test.each(['power-lost-on-all', 'power-lost-torn'])('%s: no accepted order is lost', async (experiment) => {
    const { report, exitCode } = await stormproof.report('chaos', 'run', experiment, '--rate', '100');
    expect(report.decision).toEqual({ verdict: 'PASS', reasons: [] });
    expect(exitCode).toBe(0);
  });

  test('with lazy fsync, the report says how many accepted orders are lost', async () => {
    const { report, exitCode } = await stormproof.report(
      ...['chaos', 'run', 'power-lost-on-all', '--lazy-fsync', '--rate', '100'],
    );
    expect(exitCode).toBe(10);
    const lost = report.ledger?.findings.find(({ invariant }) => invariant === 'lost');
    expect(lost?.count).toBeGreaterThan(0);
  });
});
