import { describe, expect, test } from 'vitest';
import { decideVerdict, type LedgerResult, type RunManifest } from '../../verdict/index.ts';
import { type Observed, toRunFacts } from './facts.ts';
import { notJudged } from './judge.ts';
import type { FaultRecord } from './nemesis.ts';

const manifest: RunManifest = {
  ...{
    runId: 'storm-1',
    client: 'recorder',
    clientId: 'c',
    rate: 10,
    durationSeconds: 1,
    planned: 10,
    seed: 1,
  },
  startedAtMs: 0,
  finished: { endedAtMs: 1_000, attempted: 10, dropped: 0, cpuUs: 1, wasInterrupted: false },
};

const fault: FaultRecord = {
  ...{ id: '1-stall', fault: 'stall', victim: {}, description: 'stall of a-b', subject: 'a-b' },
  ...{ injectedAtMs: 0, healedAtMs: 1, proof: { acted: true, measurement: 'seen' }, residue: [] },
};

/** A run in which everything but the audit went well. */
const observed: Observed = {
  steady: { isSteady: true, description: 'ready' },
  manifest,
  generatorProblem: undefined,
  faults: [fault],
  plannedFaults: ['stall'],
  failures: [],
  swept: { looked: ['nats-0'], wrong: [] },
  drain: { isDrained: true, left: '' },
  ledger: undefined,
  auditProblem: 'the brokers did not answer',
  interruptedBy: undefined,
  judged: { ...notJudged, calmBefore: { status: 'met' } },
};

function oneDroppedOf(planned: number): Pick<RunManifest, 'planned' | 'finished'> {
  const finished = { endedAtMs: 1_000, attempted: planned - 1, dropped: 1, cpuUs: 1, wasInterrupted: false };
  return { planned, finished };
}

/** What a run whose facts are as above, but for these, is told about it. */
function reasonsOf(changes: Partial<Observed>): readonly string[] {
  const facts = toRunFacts({ ...observed, ...changes }, { unacceptedMax: 0, expected: [] });
  const decision = decideVerdict(facts);
  expect(['INCONCLUSIVE', 'ABORTED']).toContain(decision.verdict);
  return decision.reasons.map(({ text }) => text);
}

describe('a run that could not show what it was to show says why', () => {
  test.each<[string, Partial<Observed>, RegExp]>([
    ['no audit', {}, /not audited: the brokers did not answer/],
    [
      'a generator that died',
      { generatorProblem: 'the recorder died (SIGKILL)' },
      /recorder died \(SIGKILL\)/,
    ],
    ['a generator that left half a history', { manifest: omitFinished(manifest) }, /how many of 10 orders/],
    ['no load', { manifest: undefined }, /never started/],
    [
      'k6 that had no virtual user for one order of very many',
      { manifest: { ...manifest, client: 'k6', ...oneDroppedOf(100_000) } },
      /not delivered: 99999 of 100000 orders were sent, 1 dropped/,
    ],
    [
      'a phase of the load in which too little was sent',
      {
        judged: {
          ...observed.judged,
          promises: [{ name: 'it holds', check: { status: 'unknown', detail: 'few' } }],
        },
      },
      /it holds could not be measured: few/,
    ],
    [
      'a fault that did not act',
      { faults: [{ ...fault, proof: { acted: false, measurement: 'answered after 1 ms' } }] },
      /not proven to have acted: answered after 1 ms/,
    ],
    ['a fault that was not healed', { faults: [unhealed(fault)] }, /was not healed: no answer/],
    ['a fault whose time never came', { faults: [] }, /a longer one \(--for\) leaves time/],
    ['a fault of an interrupted run', { faults: [], interruptedBy: 'SIGINT' }, /ended before its time came/],
    [
      'clients that were served badly before anything was broken',
      { judged: { ...notJudged, calmBefore: { status: 'not-met', detail: '9 of 10 sends failed' } } },
      /not in its steady state before: 9 of 10 sends failed/,
    ],
    [
      'a recovery that nobody could see',
      {
        judged: {
          ...observed.judged,
          checks: [{ name: 'kill is recovered from', check: { status: 'unknown', detail: 'no history' } }],
        },
      },
      /kill is recovered from could not be measured: no history/,
    ],
    ['residue', { faults: [{ ...fault, residue: ['toxic x'] }] }, /toxic x/],
    [
      'something wrong with what no fault was to touch',
      { swept: { looked: ['nats-0'], wrong: ['nats-0 is paused'] } },
      /nats-0 is paused/,
    ],
  ])('%s', (_what, changes, expected) => {
    expect(reasonsOf(changes)).toContainEqual(expect.stringMatching(expected));
  });
});

describe('what a fault breaks on purpose', () => {
  const counts = { accepted: 10 } as LedgerResult['counts'];
  const nothingFound: LedgerResult = {
    ...{ verdict: 'PASS', findings: [], checked: ['uncharged'], notChecked: [], gaps: [], counts },
  };
  const finding = { invariant: 'uncharged', count: 3, isExpected: true } as LedgerResult['findings'][number];
  const judge = (ledger: LedgerResult) =>
    decideVerdict(toRunFacts({ ...observed, ledger }, { unacceptedMax: 0, expected: ['uncharged'] }));

  test('is no violation when the audit finds it', () => {
    expect(judge({ ...nothingFound, findings: [finding] })).toEqual({ verdict: 'PASS', reasons: [] });
  });

  test('fails the run when the audit overlooks it', () => {
    const { verdict, reasons } = judge(nothingFound);
    expect(verdict).toBe('FAIL');
    expect(reasons[0]?.text).toMatch(/the audit finds uncharged is broken: it holds for every order/);
  });
});

function omitFinished({ finished: _finished, ...rest }: RunManifest): RunManifest {
  return rest;
}

function unhealed({ healedAtMs: _healedAtMs, ...rest }: FaultRecord): FaultRecord {
  return { ...rest, healProblem: 'no answer' };
}
