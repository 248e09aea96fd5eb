import { expect, it } from 'vitest';
import { exampleResults } from '../bench/fixtures/results.ts';
import type { BenchResults, TurnResult } from '../bench/results.ts';
import { excuseOfBench, judgeCapacity } from './capacity.ts';

type Measured = Extract<TurnResult, { outcome: 'measured' }>;
const [example] = exampleResults.turns.filter((turn) => turn.outcome === 'measured');
if (example === undefined) throw new Error('the example has no measured turn');

function turnOf(
  arm: TurnResult['arm'],
  ordersPerSecond: number,
  changes: { readonly cpuUs?: number; readonly isLowerBound?: boolean; readonly elsewhere?: number } = {},
): Measured {
  const { cpuUs = 120, isLowerBound = false, elsewhere = 0.1 } = changes;
  const { paced } = example as Measured;
  if (paced === undefined) throw new Error('the example has no paced phase');
  const machine = { unattributedCores: elsewhere, stolenCores: 0 };
  const atTarget = { ...paced, cpuUsPerOrder: { 'order-0': cpuUs, recorder: 900 }, machine };
  const capacity = { ordersPerSecond, isLowerBound, machine };
  return { ...(example as Measured), arm, round: 1, paced: { ...paced, machine }, atTarget, capacity };
}

const peers = [turnOf('peer-three-brokers', 3_000), turnOf('peer-three-brokers-fsync', 800)];
const resultsOf = (...turns: readonly TurnResult[]): BenchResults => ({ ...exampleResults, turns });
const statuses = (...turns: readonly TurnResult[]) =>
  judgeCapacity(resultsOf(...turns)).map(({ check }) => check.status);

it('passes a platform that outdoes its peers by as much as it must', () => {
  expect(statuses(turnOf('baseline', 13_000), ...peers)).toEqual(['met', 'met', 'met', 'met', 'met']);
  expect(excuseOfBench(resultsOf(turnOf('baseline', 13_000)))).toBeUndefined();
});

it('finds a platform that is too slow, costs too much, or hardly beats its peers', () => {
  const slow = turnOf('baseline', 11_900, { cpuUs: 141 });
  expect(statuses(slow, ...peers)).toEqual(['met', 'not-met', 'not-met', 'not-met', 'not-met']);
});

it('takes a lower bound for no capacity that fell short', () => {
  expect(statuses(turnOf('baseline', 12_500, { isLowerBound: true }), ...peers)[1]).toBe('unknown');
  expect(statuses(turnOf('baseline', 13_500, { isLowerBound: true }), ...peers)[1]).toBe('met');
});

it('compares with no arm that was not measured', () => {
  expect(statuses(turnOf('baseline', 13_000))).toEqual(['unknown', 'met', 'unknown', 'unknown', 'met']);
  const violated = { arm: 'baseline', round: 1, outcome: 'violated', findings: [] } as const;
  expect(statuses(violated, ...peers)).toEqual(['not-met', 'unknown', 'unknown', 'unknown', 'unknown']);
  const peerLost = { ...violated, arm: 'peer-three-brokers' } as const;
  expect(statuses(turnOf('baseline', 13_000), peerLost, ...peers.slice(1))[0]).toBe('unknown');
});

it('excuses what was measured while others used the machine', () => {
  const busy = turnOf('baseline', 9_000, { elsewhere: 0.9 });
  expect(excuseOfBench(resultsOf(busy))).toBe('others used the machine during baseline 1');
});
