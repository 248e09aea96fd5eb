import { expect, it } from 'vitest';
import { interleave } from './schedule.ts';

it('gives every arm its turn before any has its next', () => {
  expect(interleave(['a', 'b', 'c'], 2).map(({ arm, round }) => `${arm}${round}`)).toEqual([
    ...['a1', 'b1', 'c1'],
    ...['a2', 'b2', 'c2'],
  ]);
});

it('has no turns without arms', () => {
  expect(interleave([], 3)).toEqual([]);
});
