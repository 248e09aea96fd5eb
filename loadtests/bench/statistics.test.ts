import { describe, expect, it } from 'vitest';
import { differenceSpread, ratioSpread, spreadOf } from './statistics.ts';

describe('a spread', () => {
  it('is the least, the middle and the most, in whatever order they came', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ min: 1, median: 3, max: 5 });
  });

  it('has the mean of the two in the middle of an even number', () => {
    expect(spreadOf([1, 2, 4, 10])).toEqual({ min: 1, median: 3, max: 10 });
  });

  it('is none without values', () => {
    expect(spreadOf([])).toBeUndefined();
  });
});

describe('a ratio', () => {
  it('is taken within a round, so that a slow round slows neither side of it', () => {
    const values = new Map([
      [1, 100],
      [2, 10],
    ]);
    const references = new Map([
      [1, 50],
      [2, 5],
    ]);
    expect(ratioSpread(values, references)).toEqual({ min: 2, median: 2, max: 2 });
  });

  it('leaves out rounds that one side lacks', () => {
    expect(ratioSpread(new Map([[1, 6]]), new Map([[2, 3]]))).toBeUndefined();
    expect(ratioSpread(new Map([[1, 6]]), new Map([[1, 0]]))).toBeUndefined();
  });
});

describe('a difference', () => {
  it('is taken within a round, and keeps its sign', () => {
    const values = new Map([
      [1, 100],
      [2, 10],
    ]);
    const references = new Map([
      [1, 99],
      [2, 12],
    ]);
    expect(differenceSpread(values, references)).toEqual({ min: -2, median: -0.5, max: 1 });
  });
});
