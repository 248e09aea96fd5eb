import { describe, expect, it } from 'vitest';
import type { Decision } from '../verdicts.ts';
import { stormReport } from './fixtures/storm.ts';
import { renderJunit } from './junit.ts';

const failed: Decision = {
  verdict: 'FAIL',
  reasons: [
    {
      verdict: 'FAIL',
      code: 'lost',
      text: 'lost: 1. The client got a 201 for these orders, but they are gone.',
    },
    {
      verdict: 'INCONCLUSIVE',
      code: 'rollback',
      text: 'what was done was not undone: <toxic> "stall"\u0007',
    },
  ],
};

describe('renderJunit', () => {
  it('has a case for each condition, fault and invariant', async () => {
    await expect(renderJunit(stormReport(failed))).toMatchFileSnapshot('golden/storm.xml');
  });

  it('has neither failures nor errors for a run that passed, but what it left unchecked', () => {
    const { faults, ledger, ...report } = stormReport({ verdict: 'PASS', reasons: [] });
    if (ledger === undefined) throw new Error('the fixture has a ledger');
    const proven = faults.map((fault) => ({ ...fault, isProven: true }));
    const text = renderJunit({ ...report, faults: proven, ledger: { ...ledger, findings: [] } });
    expect(text).toMatch(/failures="0" errors="0" skipped="[1-9]/);
  });

  it('calls a fault that was never injected an error, though the run has no fault to tell of', () => {
    const text = 'fault stall of payment-psp was not proven to have acted: its time never came';
    const reasons = [{ verdict: 'INCONCLUSIVE', code: 'fault', text }] as const;
    const report = { ...stormReport({ verdict: 'INCONCLUSIVE', reasons }), faults: [] };
    expect(renderJunit(report)).toContain(`<error message="${text}">`);
  });

  it('calls a run that was ended early an error', () => {
    const reasons = [{ verdict: 'ABORTED', code: 'interrupted', text: 'ended by SIGINT' }] as const;
    expect(renderJunit(stormReport({ verdict: 'ABORTED', reasons }))).toContain(
      '<error message="ended by SIGINT">',
    );
  });
});
