import { expect, it } from 'vitest';
import { ledgerOf, loadOf, lossOf, runOf } from './fixtures/runs.ts';
import { excuseOf, judgeLedger, judgeRun } from './run.ts';

const statuses = (run = runOf()) => judgeRun(run).map(({ check }) => check.status);

it('finds nothing wrong with a run that accounts for every order', () => {
  expect(statuses()).toEqual(['met', 'met']);
  expect(excuseOf([runOf()], [{ unattributedCores: 0.1, stolenCores: 0 }, undefined])).toBeUndefined();
});

it('finds lost orders, on whatever machine', () => {
  expect(judgeLedger(lossOf(6_000, 3))).toMatchObject({
    check: { status: 'not-met', detail: 'lost: 3' },
    restsOnSpeed: false,
  });
});

it.each([[undefined], [ledgerOf(6_000, { gaps: ['projections: nobody answered'] })], [ledgerOf(0)]])(
  'does not take an audit that saw too little for one that found nothing',
  (ledger) => {
    expect(judgeLedger(ledger).check.status).toBe('unknown');
  },
);

it('says nothing of a load that was not sent', () => {
  const phase = { name: 'steady', orders: 6_000, accepted: 6_000, p99Ms: 20 };
  const unsent = runOf({ load: loadOf(phase, { planned: 6_500 }) });
  expect(statuses(unsent)).toEqual(['met', 'unknown']);
  expect(excuseOf([unsent], [])).toBe('the load was not sent (6000 of 6500 orders were sent, 0 dropped)');
  expect(statuses(runOf({ load: undefined }))).toEqual(['met', 'unknown']);
});

it('holds against it what its own verdict does, once', () => {
  const reasons = [
    { verdict: 'FAIL', code: 'slo', text: 'SLO x is broken' },
    { verdict: 'FAIL', code: 'lost', text: 'lost: 3' },
    { verdict: 'INCONCLUSIVE', code: 'fault', text: 'fault kill was not proven' },
  ] as const;
  const checks = judgeRun(runOf({ ledger: lossOf(6_000, 3), decision: { verdict: 'FAIL', reasons } }));
  expect(checks.map(({ check, restsOnSpeed }) => [check.status, restsOnSpeed])).toEqual([
    ['not-met', false],
    ['met', true],
    ['not-met', true],
    ['unknown', false],
  ]);
});

it('excuses figures that were taken on a machine that others used', () => {
  const machine = { cores: 2, loadAverageBefore: 4.5, loadAverageAfter: 4 };
  expect(excuseOf([runOf({ machine })], [])).toContain('load average 4.5, 2 cores');
  const busy = { unattributedCores: 0.9, stolenCores: 0 };
  expect(excuseOf([runOf()], [undefined, busy])).toContain('0.90 cores');
});
