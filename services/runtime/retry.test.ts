import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, delay } from './retry.ts';

describe('the wait before a repeat', () => {
  it('doubles with each attempt up to its cap, and is drawn from the upper half', () => {
    const options = { baseMs: 100, capMs: 1_000 };
    const bounds = [0, 1, 2, 3, 4, 40].map((attempt) => [
      backoffMs(attempt, options, () => 0),
      backoffMs(attempt, options, () => 1),
    ]);
    expect(bounds).toEqual([
      [50, 100],
      [100, 200],
      [200, 400],
      [400, 800],
      [500, 1_000],
      [500, 1_000],
    ]);
  });

  it('never leaves its bounds', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (attempt, baseMs, capMs, draw) => {
          const wait = backoffMs(attempt, { baseMs, capMs }, () => draw);
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(capMs);
        },
      ),
    );
  });
});

describe('a delay', () => {
  it('ends without an error when its signal aborts, or has aborted before', async () => {
    const stopping = new AbortController();
    const waiting = delay(60_000, stopping.signal);
    stopping.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(delay(60_000, stopping.signal)).resolves.toBeUndefined();
  });
});
