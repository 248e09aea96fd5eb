import { describe, expect, it } from 'vitest';
import { charged, history, nowhere } from './ledger/fixtures/stories.ts';
import { checkLedger } from './ledger/index.ts';
import type { Condition, RunFacts, Verdict } from './verdicts.ts';
import { decideVerdict, exitCodes, worstOf } from './verdicts.ts';

const ledgerOf = (...stories: Parameters<typeof history>[0]) => {
  const { table, inputs } = history(stories);
  return checkLedger(table, inputs);
};

const met: Condition = { status: 'met' };
const broken: Condition = { status: 'not-met', detail: 'p99 was 900 ms' };
const unseen: Condition = { status: 'unknown', detail: 'nobody could look' };
const lossy = ledgerOf(charged(0), charged(1, nowhere));

const good: RunFacts = {
  ledger: ledgerOf(charged(0), charged(1)),
  steadyState: met,
  faults: [{ name: 'kill nats-1', proof: met }],
  load: { planned: 60_000, attempted: 60_000, dropped: 0 },
  generator: met,
  drain: met,
  rollback: met,
  interruptedBy: undefined,
  slos: [{ name: 'acceptance', check: met }],
};

const slow = { slos: [{ name: 'acceptance', check: broken }] };

const cases: readonly (readonly [
  what: string,
  facts: Partial<RunFacts>,
  verdict: Verdict,
  codes: string[],
])[] = [
  ['everything was met', {}, 'PASS', []],
  [
    'a hair less load was delivered',
    { load: { planned: 60_000, attempted: 59_940, dropped: 60 } },
    'PASS',
    [],
  ],
  [
    'nothing was to be sent',
    { load: 'not-applicable', steadyState: { status: 'not-applicable' } },
    'PASS',
    [],
  ],
  ['an order is lost', { ledger: lossy }, 'FAIL', ['lost']],
  [
    'an order is lost in an interrupted run',
    { ledger: lossy, interruptedBy: 'SIGINT' },
    'FAIL',
    ['lost', 'interrupted'],
  ],
  [
    'an order is lost under too little load',
    { ledger: lossy, load: { planned: 10, attempted: 5, dropped: 5 } },
    'FAIL',
    ['lost', 'load'],
  ],
  ['an SLO is broken', slow, 'FAIL', ['slo']],
  [
    'an SLO is broken and a fault not proven',
    { ...slow, faults: [{ name: 'stall', proof: unseen }] },
    'FAIL',
    ['slo', 'fault'],
  ],
  [
    'what a fault brings about is missing, and so is the proof of the fault',
    {
      slos: [{ name: 'it is noticed', check: broken, isOfFaults: true }],
      faults: [{ name: 'stall', proof: unseen }],
    },
    'INCONCLUSIVE',
    ['slo', 'fault'],
  ],
  [
    'what a fault brings about is missing, and there was none',
    { slos: [{ name: 'it is noticed', check: broken, isOfFaults: true }], faults: [] },
    'INCONCLUSIVE',
    ['slo'],
  ],
  [
    'what a fault brings about is missing, though the fault acted',
    { slos: [{ name: 'it is noticed', check: broken, isOfFaults: true }] },
    'FAIL',
    ['slo'],
  ],
  [
    'an SLO is broken, but was before',
    { ...slow, steadyState: broken },
    'INCONCLUSIVE',
    ['slo', 'steady-state'],
  ],
  [
    'an SLO is broken by a generator that could not keep up',
    { ...slow, load: { planned: 100, attempted: 90, dropped: 10 } },
    'INCONCLUSIVE',
    ['slo', 'load'],
  ],
  ['an SLO has no samples', { slos: [{ name: 'acceptance', check: unseen }] }, 'INCONCLUSIVE', ['slo']],
  ['it was interrupted', { interruptedBy: 'SIGINT' }, 'ABORTED', ['interrupted']],
  [
    'it was interrupted before it came to rest',
    { interruptedBy: 'SIGINT', drain: broken, ...slow },
    'ABORTED',
    ['interrupted', 'slo', 'drain'],
  ],
  ['no audit could run', { ledger: undefined }, 'INCONCLUSIVE', ['ledger']],
  ['the audit saw nothing', { ledger: ledgerOf() }, 'INCONCLUSIVE', ['ledger']],
  ['steady state was not met', { steadyState: broken }, 'INCONCLUSIVE', ['steady-state']],
  ['steady state was not looked at', { steadyState: unseen }, 'INCONCLUSIVE', ['steady-state']],
  ['a fault was not proven', { faults: [{ name: 'stall', proof: unseen }] }, 'INCONCLUSIVE', ['fault']],
  [
    'k6 dropped a single order',
    { load: { planned: 60_000, attempted: 59_990, dropped: 10, droppedMax: 0 } },
    'INCONCLUSIVE',
    ['load'],
  ],
  ['no order was planned', { load: { planned: 0, attempted: 0, dropped: 0 } }, 'INCONCLUSIVE', ['load']],
  ['the generator died', { generator: broken }, 'INCONCLUSIVE', ['generator']],
  ['the drain was not finished', { drain: broken }, 'INCONCLUSIVE', ['drain']],
  ['the rollback was not verified', { rollback: unseen }, 'INCONCLUSIVE', ['rollback']],
];

describe('decideVerdict', () => {
  it.each(cases)('when %s', (_, facts, verdict, codes) => {
    const decision = decideVerdict({ ...good, ...facts });
    expect(decision.verdict).toBe(verdict);
    expect(decision.reasons.map(({ code }) => code)).toEqual(codes);
  });

  it('has an exit code for every verdict', () => {
    expect(exitCodes).toEqual({ PASS: 0, FAIL: 10, INCONCLUSIVE: 11, ABORTED: 12 });
  });
});

describe('several runs', () => {
  it('end as the worst of them', () => {
    expect(worstOf(['PASS', 'PASS'])).toBe('PASS');
    expect(worstOf(['PASS', 'INCONCLUSIVE', 'PASS'])).toBe('INCONCLUSIVE');
    expect(worstOf(['INCONCLUSIVE', 'FAIL', 'ABORTED'])).toBe('FAIL');
  });
});
