import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from './random.ts';
import { isRetryable, mayRetry, defaultRetryPolicy as policy, retryDelayMs } from './retry.ts';

const tries = fc.integer({ min: 1, max: 300 });

it.each([0, 429, 500, 502, 503, 504])('repeats after %i', (status) => {
  expect(isRetryable(status)).toBe(true);
});

it.each([200, 201, 302, 400, 409, 413, 415, 422])('does not repeat after %i', (status) => {
  expect(isRetryable(status)).toBe(false);
});

it('waits between the bounds of the back-off when the server asked for nothing', () => {
  fc.assert(
    fc.property(tries, fc.integer(), (count, seed) => {
      const delay = retryDelayMs(policy, count, 0, seededRandom(seed));
      expect(delay).toBeGreaterThanOrEqual(policy.backOffMsMin);
      expect(delay).toBeLessThanOrEqual(policy.backOffMsMax);
    }),
  );
});

it('doubles the longest wait from try to try up to the bound', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7].map((count) => retryDelayMs(policy, count, 0, () => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

it('waits at least as long as the server asked, within bounds', () => {
  expect(retryDelayMs(policy, 1, 1_000, () => 0)).toBe(1_050);
  expect(retryDelayMs(policy, 1, 3_600_000, () => 0)).toBe(policy.retryAfterMsMax + 50);
});

it('draws the same waits from the same seed', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return [1, 2, 3, 4].map((count) => retryDelayMs(policy, count, 0, random));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

it('sends nothing after the deadline and never more often than a record can hold', () => {
  expect(mayRetry(policy, 1, 29_000, 1_000)).toBe(true);
  expect(mayRetry(policy, 1, 29_000, 1_001)).toBe(false);
  expect(mayRetry(policy, 255, 0, 50)).toBe(false);
});
