import fc from 'fast-check';
import { expect, it } from 'vitest';
import { constantRate } from './schedule.ts';

it('plans every order of a rate over a duration', () => {
  expect(constantRate(1_000, 60).planned).toBe(60_000);
  expect(constantRate(0.5, 3).planned).toBe(1);
});

it('never drifts, goes back, or leaves the duration', () => {
  const rate = fc.double({ min: 0.1, max: 20_000, noNaN: true });
  fc.assert(
    fc.property(
      rate,
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1 }),
      (perSecond, seconds, at) => {
        const { planned, intendedAtUs } = constantRate(perSecond, seconds);
        fc.pre(planned > 0);
        const index = Math.floor(at * (planned - 1)) || 0;
        expect(Math.abs(intendedAtUs(index) - (index / perSecond) * 1e6)).toBeLessThanOrEqual(1);
        expect(intendedAtUs(index + 1)).toBeGreaterThanOrEqual(intendedAtUs(index));
        expect(intendedAtUs(index)).toBeLessThanOrEqual(seconds * 1e6);
      },
    ),
  );
});
