import { expect, it } from 'vitest';
import { peakRate, totalMs } from '../../verdict/index.ts';
import { shapedRate } from '../recorder/schedule.ts';
import {
  auditSizes,
  flatShape,
  overloadLimits,
  overloadShape,
  overloadSizes,
  proofLines,
  soakSizes,
  steadySizes,
} from './lines.ts';

it('has a line of one word each for what issue 6 says', () => {
  expect(proofLines.map(({ name }) => name)).toEqual([
    ...['steady', 'black-friday', 'black-friday-faults', 'capacity', 'overload', 'soak', 'audit'],
  ]);
});

it('sends three million orders at the full rate, after the warm-up', () => {
  const { phases } = flatShape('steady', steadySizes.full);
  expect(phases.map(({ isJudged }) => isJudged)).toEqual([false, true]);
  expect(shapedRate(phases.slice(1)).planned).toBe(3_000_000);
});

it.each(['full', 'small'] as const)('has room for what it judges: %s', (size) => {
  for (const { seconds, memorySeconds } of [steadySizes[size], soakSizes[size]]) {
    expect(memorySeconds).toBeLessThanOrEqual(seconds);
  }
  const { rate, seconds, orders } = auditSizes[size];
  expect(rate * seconds).toBeGreaterThanOrEqual(orders);
  expect(overloadSizes[size].aftermathSeconds * 1_000).toBeGreaterThan(overloadLimits.recoverMs + 2_000);
});

it('lasts half an hour for a soak', () => {
  expect(totalMs(flatShape('soak', soakSizes.full))).toBe(1_800_000);
});

it('asks for too much between two calm times', () => {
  const shape = overloadShape(overloadSizes.small, 20_000);
  expect(peakRate(shape)).toBe(20_000);
  expect(shape.phases.map(({ startRate, isJudged }) => [startRate, isJudged])).toEqual([
    [100, false],
    [20_000, false],
    [100, false],
  ]);
});
