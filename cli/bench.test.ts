import { expect, it } from 'vitest';
import type { BenchResults } from '../loadtests/bench/index.ts';
import { describeInterruption, exitCodeOf } from './bench.ts';
import { settingsOf } from './bench-settings.ts';

type Judged = Parameters<typeof exitCodeOf>[0];
const arms: BenchResults['arms'] = [
  { name: 'baseline', title: '', kind: 'platform' },
  { name: 'early-201', title: '', kind: 'platform', lacks: 'the 201 waits for the PubAck' },
  { name: 'peer-one-broker', title: '', kind: 'peer' },
];
const measured = {
  outcome: 'measured',
  capacity: { ordersPerSecond: 1, isLowerBound: false },
} as const;
const violated = { outcome: 'violated', findings: [{ invariant: 'lost', count: 1 }] } as const;
const run: Judged = {
  ...({ schemaVersion: 1, startedAt: '', endedAt: '' } as const),
  ...{ settings: settingsOf({ quick: true }), arms, losses: [], wasInterrupted: false },
  turns: [{ arm: 'baseline', round: 1, ...measured }],
  machine: {
    ...{ cores: 2, cpuModel: '', memoryBytes: 1, kernel: '', nodeVersion: '' },
    ...{ tools: {}, loadAverageBefore: [0, 0, 0] },
  },
};

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
    exitCodeOf({ ...run, losses: [{ arm, experiment: '', verdict: 'FAIL', reasons: [] }] });
  expect([loss('baseline'), loss('early-201')]).toEqual([10, 0]);
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
  expect(settingsOf({ capacityRate: 200 })).toMatchObject({
    isQuick: false,
    rounds: 3,
    capacityRateMax: 200,
  });
});
