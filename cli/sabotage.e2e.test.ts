import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sabotages } from '../chaos/index.ts';
import { createStormproof, type Stormproof } from './fixtures/stormproof.ts';

let stormproof: Stormproof;

beforeEach(async () => {
  stormproof = await createStormproof();
});
afterEach(() => stormproof.cleanUp());

/** Two that are over in seconds: one of order, one of payment. */
const fast = ['swallowed-publish-error', 'ack-before-effect'];
const briefly = ['--rate', '200', '--for', '10', '--set', 'holdMs=2000'];

/** Runs the experiment that must catch a sabotage. That it passes without one is shown by the suite `full`. */
async function expectCaught(name: string, load: readonly string[]): Promise<void> {
  const { caughtBy = '', breaks = [] } = sabotages[name] ?? {};
  const { exitCode, report } = await stormproof.report('chaos', 'run', caughtBy, '--sabotage', name, ...load);
  expect(report.decision.verdict).toBe('FAIL');
  for (const broken of breaks) {
    const told = report.decision.reasons.filter(
      ({ verdict, code, text }) =>
        verdict === 'FAIL' && (code === broken || (code === 'slo' && text.includes(broken))),
    );
    expect({ broken, told }).toEqual({ broken, told: [expect.anything()] });
  }
  // Every order of a finding can be looked up.
  for (const { samples } of report.ledger?.findings ?? []) {
    expect(samples[0]?.subject).toMatch(/^[0-9a-f]{32}$/);
  }
  expect(exitCode).toBe(10);
}

describe('sabotage', () => {
  test.each(fast)('%s is caught soon', (name) => expectCaught(name, briefly));
});

describe.runIf(process.env.STORMPROOF_TEST_LONG === '1')('sabotage, as docs/teeth.md tells it', () => {
  const rows = Object.entries(sabotages).map(([name, { caughtBy }]) => ({ name, caughtBy }));
  test.each(rows)('$name is caught by $caughtBy', ({ name }) => expectCaught(name, []));
});
