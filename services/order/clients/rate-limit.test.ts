import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

it('lets a burst through at once, and then as many as its rate', () => {
  const limit = createRateLimit({ perSecond: 10, burst: 3 });
  expect([1, 1, 1, 1].map((count) => limit.take(count, 0))).toEqual([0, 0, 0, 100]);
  expect([limit.take(1, 99), limit.take(1, 100), limit.take(1, 100)]).toEqual([1, 0, 100]);
  expect([1, 1, 1, 1].map((count) => limit.take(count, 10_000))).toEqual([0, 0, 0, 100]);
});

it('lets more than a burst through together when nothing else came, which is waited for afterwards', () => {
  const limit = createRateLimit({ perSecond: 10, burst: 3 });
  expect(limit.take(10, 0)).toBe(0);
  expect(limit.take(1, 0)).toBe(800);
  expect(limit.take(1, 800)).toBe(0);
  expect(limit.take(10, 900)).toBeGreaterThan(0);
});

it('never lets more through than its burst and its rate, and always after the time that it told', () => {
  const rates = fc.record({
    perSecond: fc.double({ min: 0.1, max: 20_000, noNaN: true }),
    burst: fc.integer({ min: 1, max: 500 }),
  });
  const tries = fc.array(fc.record({ count: fc.integer({ min: 1, max: 100 }), afterMs: fc.nat(2_000) }));
  fc.assert(
    fc.property(rates, tries, (rate, all) => {
      const limit = createRateLimit(rate);
      let nowMs = 0;
      let most = rate.burst;
      let taken = 0;
      for (const { count, afterMs } of all) {
        nowMs += afterMs;
        const waitMs = limit.take(count, nowMs);
        if (waitMs === 0) {
          taken += count;
          most = Math.max(most, count);
        } else if (waitMs < 1e6) {
          nowMs += waitMs;
          expect(limit.take(count, nowMs)).toBe(0);
          taken += count;
          most = Math.max(most, count);
        }
        // What came together and was more than a burst is paid for later.
        expect(taken).toBeLessThanOrEqual(
          Math.max(most, rate.burst) + (rate.perSecond * nowMs) / 1_000 + 0.01,
        );
      }
    }),
  );
});
