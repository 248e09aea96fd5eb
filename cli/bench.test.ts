import { expect, it } from 'vitest';
import { armNames, armsOf, type BenchResults, describeArm } from '../loadtests/bench/index.ts';
import { platform } from '../topology/index.ts';
import { describeInterruption, exitCodeOf, problemsOfPage } from './bench.ts';
import { settingsOf } from './bench-settings.ts';
import { runIdOf } from './bench-turns.ts';

type Judged = Parameters<typeof exitCodeOf>[0];
const arms: BenchResults['arms'] = [
  { name: 'baseline', title: '', kind: 'platform' },
  {
    ...{ name: 'early-201', title: '', kind: 'platform', lacks: 'the 201 waits for the PubAck' },
    mustLoseIn: 'brokers-all-killed',
  },
  { name: 'peer-one-broker', title: '', kind: 'peer' },
];
const measured = {
  outcome: 'measured',
  facts: { brokers: 3, streamReplicas: 3, sync: 'always' },
  capacity: { ordersPerSecond: 1, isLowerBound: false },
} as const;
const violated = { outcome: 'violated', findings: [{ invariant: 'lost', count: 1 }] } as const;
const run: Judged = {
  ...({ schemaVersion: 2, startedAt: '', endedAt: '' } as const),
  ...{ settings: settingsOf({ quick: true }), arms, losses: [], wasInterrupted: false },
  turns: [{ arm: 'baseline', round: 1, ...measured }],
  machine: {
    ...{ cores: 2, cpuModel: '', memoryBytes: 1, kernel: '', nodeVersion: '' },
    ...{ tools: {}, loadAverageBefore: [0, 0, 0] },
    disk: { fileSystem: '', device: '', fsyncMs: { p50: 1, p99: 1 } },
  },
};

const sent = { rate: 500, seconds: 40 };

it('succeeds when every turn has figures', () => {
  expect(exitCodeOf(run)).toBe(0);
});

it('fails when the platform broke a promise, and not when a peer or an arm without it did', () => {
  const withTurn = (arm: 'baseline' | 'early-201' | 'peer-one-broker') =>
    exitCodeOf({ ...run, turns: [{ arm, round: 1, ...violated }] });
  expect([withTurn('baseline'), withTurn('early-201'), withTurn('peer-one-broker')]).toEqual([10, 11, 11]);
});

it('fails when the delivered platform lost orders to a fault, and expects it of one without the guarantee', () => {
  const loss = (arm: 'baseline' | 'early-201') =>
    exitCodeOf({ ...run, losses: [{ arm, experiment: '', verdict: 'FAIL', ...sent, reasons: [] }] });
  expect([loss('baseline'), loss('early-201')]).toEqual([10, 0]);
});

it('is inconclusive when a loss could not be counted', () => {
  const losses: Judged['losses'] = [
    { arm: 'baseline', experiment: 'power-lost-on-all', verdict: 'INCONCLUSIVE', ...sent, reasons: [] },
  ];
  expect(exitCodeOf({ ...run, losses })).toBe(11);
});

it('is inconclusive when the arm that must lose orders lost none: the fault did not bite', () => {
  const withLost = (lost: number) =>
    exitCodeOf({
      ...run,
      losses: [
        {
          ...{ arm: 'early-201', experiment: 'brokers-all-killed', verdict: lost > 0 ? 'FAIL' : 'PASS' },
          counts: { accepted: 100, lost, unsettled: 0, chargedWithoutOrder: 0 },
          ...{ ...sent, reasons: [] },
        },
      ],
    });
  expect([withLost(0), withLost(3)]).toEqual([11, 0]);
});

it('makes a page of a whole run on an idle machine only', () => {
  const all = armsOf(platform);
  const whole: BenchResults = {
    ...run,
    settings: settingsOf({}),
    arms: armNames.map((name) => describeArm(all[name])),
  };
  expect(problemsOfPage(whole)).toEqual([]);
  const busy = { unattributedCores: 0.9, stolenCores: 0 };
  const [turn] = whole.turns;
  if (turn?.outcome !== 'measured') throw new Error('the run has a turn with figures');
  const worse: readonly [problem: string, results: BenchResults][] = [
    ['arms are missing: proxied', { ...whole, arms: whole.arms.filter(({ name }) => name !== 'proxied') }],
    ['there were 2 rounds', { ...whole, settings: settingsOf({ rounds: 2 }) }],
    ['busy before', { ...whole, machine: { ...whole.machine, loadAverageBefore: [1.9, 0, 0] } }],
    ['changes of its own', { ...whole, machine: { ...whole.machine, revision: 'abc-dirty' } }],
    [
      'busy during baseline 1',
      { ...whole, turns: [{ ...turn, capacity: { ...turn.capacity, machine: busy } }] },
    ],
    [
      'inconclusive: baseline 1',
      { ...whole, turns: [{ arm: 'baseline', round: 1, outcome: 'inconclusive', why: '' }] },
    ],
  ];
  for (const [problem, results] of worse) expect(problemsOfPage(results).join()).toContain(problem);
});

it('gives the orders of all arms ids of one length', () => {
  const lengths = armNames.flatMap((arm) => [1, 99].map((round) => runIdOf({ arm, round }).length));
  expect(new Set(lengths).size).toBe(1);
});

it('is aborted when it was interrupted, and says which arms are complete', () => {
  expect(exitCodeOf({ ...run, wasInterrupted: true })).toBe(12);
  const settings = { ...run.settings, rounds: 2 };
  const turns: Judged['turns'] = [
    { arm: 'baseline', round: 1, ...measured },
    { arm: 'early-201', round: 1, ...measured },
    { arm: 'baseline', round: 2, ...measured },
  ];
  expect(describeInterruption({ turns, settings }, ['baseline', 'early-201', 'proxied'])).toBe(
    'interrupted; complete: baseline; in part: early-201 (1 of 2)',
  );
  expect(describeInterruption({ turns: [], settings }, ['baseline'])).toBe('interrupted; complete: none');
});

it('measures as it is told, else as quick or full says', () => {
  expect(settingsOf({ quick: true, rate: 50, for: 2 })).toMatchObject({
    ...{ isQuick: true, rounds: 1, pacedRate: 50, pacedSeconds: 2 },
  });
  expect(settingsOf({ quick: true })).not.toHaveProperty('targetRate');
  expect(settingsOf({ capacityRate: 200 })).toMatchObject({
    isQuick: false,
    ...{ rounds: 3, targetRate: 10_000 },
    capacityRateMax: 200,
  });
});
