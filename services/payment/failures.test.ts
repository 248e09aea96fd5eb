import { describe, expect, it } from 'vitest';
import { addFailure, defaultFailureRule, noSuspicion, shouldGiveUp, shouldSplit } from './failures.ts';

const rule = defaultFailureRule;

describe('the rule of failures', () => {
  it('counts no failure while the provider decides nothing, however often it fails', () => {
    let suspicion = noSuspicion(7);
    for (let i = 0; i < 1_000; i++) suspicion = addFailure(suspicion, 7);
    expect(suspicion.failures).toBe(0);
    expect(shouldSplit(suspicion, rule, false)).toBe(false);
    expect(shouldGiveUp(suspicion, rule)).toBe(false);
  });

  it('counts one failure for each time that others were decided in between', () => {
    let suspicion = noSuspicion(0);
    for (const decided of [1, 1, 1, 5, 5, 6]) suspicion = addFailure(suspicion, decided);
    expect(suspicion).toEqual({ failures: 3, decidedThen: 6 });
  });

  it('splits a batch on its third failure and gives an order up on its tenth', () => {
    let suspicion = noSuspicion(0);
    const splits: number[] = [];
    const givesUp: number[] = [];
    for (let failure = 1; failure <= 10; failure++) {
      suspicion = addFailure(suspicion, failure);
      if (shouldSplit(suspicion, rule, false)) splits.push(failure);
      if (shouldGiveUp(suspicion, rule)) givesUp.push(failure);
    }
    expect(splits[0]).toBe(3);
    expect(givesUp).toEqual([10]);
  });

  it('splits a batch that was refused as malformed at once', () => {
    expect(shouldSplit(noSuspicion(0), rule, true)).toBe(true);
  });
});
