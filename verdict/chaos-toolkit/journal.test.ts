import { describe, expect, it } from 'vitest';
import { stormReport } from '../report/fixtures/storm.ts';
import type { Decision } from '../verdicts.ts';
import { journalSchema } from './fixtures/schema.ts';
import { renderChaosToolkit, toChaosToolkit } from './journal.ts';

const passed: Decision = { verdict: 'PASS', reasons: [] };
const because = (verdict: 'FAIL' | 'INCONCLUSIVE' | 'ABORTED', code: string): Decision => {
  return { verdict, reasons: [{ verdict, code, text: `${code} it was` }] };
};

const problemsOf = (journal: unknown) =>
  journalSchema.safeParse(journal).error?.issues.map(({ message }) => message) ?? [];

describe('a journal for Chaos Toolkit', () => {
  it.each([passed, because('FAIL', 'lost'), because('INCONCLUSIVE', 'steady-state')])(
    'has what its readers insist on, whatever the verdict',
    (decision) => {
      expect(problemsOf(JSON.parse(renderChaosToolkit(stormReport(decision))))).toEqual([]);
    },
  );

  it('has it for a run that sent nothing and broke nothing', () => {
    const { hypothesis: _hypothesis, recoveries: _recoveries, ...report } = stormReport(passed);
    const bare = { ...report, load: undefined, ledger: undefined, faults: [], phases: [] };
    expect(problemsOf(JSON.parse(renderChaosToolkit(bare)))).toEqual([]);
  });

  it.each([
    ['completed', false, passed],
    ['completed', true, because('FAIL', 'lost')],
    ['failed', false, because('INCONCLUSIVE', 'fault')],
    ['interrupted', false, because('ABORTED', 'interrupted')],
  ] as const)('says %s, deviated: %s', (status, deviated, decision) => {
    expect(toChaosToolkit(stormReport(decision))).toMatchObject({ status, deviated });
  });

  it('tells a platform that was not steady before from orders that are not accounted for after', () => {
    const met = (decision: Decision) => {
      const { before, after } = toChaosToolkit(stormReport(decision)).steady_states;
      return [before.steady_state_met, after.steady_state_met];
    };
    expect(met(passed)).toEqual([true, true]);
    expect(met(because('FAIL', 'lost'))).toEqual([true, false]);
    expect(met(because('INCONCLUSIVE', 'steady-state'))).toEqual([false, false]);
  });

  it('carries out load, faults, proofs and recoveries in the order of time, then heals', () => {
    const { run, rollbacks } = toChaosToolkit(stormReport(passed));
    expect(run.map(({ activity, status }) => [activity.name, status])).toEqual([
      ['send 1000 orders/s for 60 s by recorder', 'succeeded'],
      ['kill on nats-1', 'succeeded'],
      ['proof that kill on nats-1 acted', 'succeeded'],
      ['recovery from kill', 'succeeded'],
      ['stall on payment-psp', 'succeeded'],
      ['proof that stall on payment-psp acted', 'failed'],
      ['recovery from stall', 'failed'],
    ]);
    expect(rollbacks.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
  });
});

it('holds nothing against a recovery that the next step overtook', () => {
  const report = stormReport(passed);
  const recoveries = (report.recoveries ?? []).map((recovery) => ({
    ...recovery,
    recoveredAfterMs: undefined,
    isOvertaken: true as const,
  }));
  const { run } = toChaosToolkit({ ...report, recoveries });
  const statuses = run
    .filter(({ activity }) => activity.name.startsWith('recovery'))
    .map(({ status }) => status);
  expect(statuses).toEqual(['succeeded', 'succeeded']);
});

describe('the schema', () => {
  const journal = toChaosToolkit(stormReport(passed));
  it.each([
    ['an unknown status', { ...journal, status: 'passed' }],
    ['a version that is none', { ...journal, 'chaoslib-version': 'latest' }],
    [
      'an experiment without a description',
      { ...journal, experiment: { ...journal.experiment, description: '' } },
    ],
    [
      'an execution without output',
      { ...journal, run: journal.run.map(({ output: _output, ...rest }) => rest) },
    ],
    ['a run that is not the method', { ...journal, run: journal.run.toReversed() }],
    [
      'a steady state that its probes contradict',
      {
        ...journal,
        steady_states: {
          ...journal.steady_states,
          after: { ...journal.steady_states.after, steady_state_met: false },
        },
      },
    ],
  ])('refuses %s', (_what, broken) => {
    expect(problemsOf(broken)).not.toEqual([]);
  });
});
