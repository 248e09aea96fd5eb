import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LoadPhase, phaseWindows, totalMs } from '../../verdict/load-shape.ts';
import { shapedRate } from '../recorder/schedule.ts';
import { courseOf, phaseAt, planShape } from './course.ts';

const phase = fc.record({
  name: fc.constant('phase'),
  startRate: fc.integer({ min: 0, max: 20_000 }),
  endRate: fc.integer({ min: 0, max: 20_000 }),
  durationMs: fc.integer({ min: 1, max: 60_000 }),
  isJudged: fc.constant(true),
});
const phases = fc.array(phase, { minLength: 1, maxLength: 6 });

/** The integral of the rate over the first microseconds of a load, added up in small steps: orders. */
function integrate(list: readonly LoadPhase[], untilUs: number): number {
  let sum = 0;
  let startUs = 0;
  for (const { startRate, endRate, durationMs } of list) {
    const durationUs = durationMs * 1_000;
    const withinUs = Math.min(durationUs, Math.max(0, untilUs - startUs));
    const steps = 200;
    for (let step = 0; step < steps; step++) {
      // The middle of a step stands for it: exact for a straight line.
      const share = (withinUs * (step + 0.5)) / steps / durationUs;
      sum += ((startRate + (endRate - startRate) * share) * withinUs) / steps / 1e6;
    }
    startUs += durationUs;
  }
  return sum;
}

it('plans what the integral of the rate comes to', () => {
  fc.assert(
    fc.property(phases, (list) => {
      const { planned } = shapedRate(list);
      const integral = integrate(list, Infinity);
      expect(planned).toBeLessThanOrEqual(integral + 1e-6);
      expect(planned).toBeGreaterThan(integral - 1 - 1e-6);
    }),
  );
});

it('lets an order fall due when the integral of the rate has reached its index', () => {
  fc.assert(
    fc.property(phases, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const { planned, intendedAtUs } = shapedRate(list);
      fc.pre(planned > 0);
      const index = Math.floor(share * (planned - 1));
      const dueAtUs = intendedAtUs(index);
      // To the microsecond: before it fewer were due, after it more.
      expect(integrate(list, dueAtUs - 1)).toBeLessThanOrEqual(index + 1e-6);
      expect(integrate(list, dueAtUs + 1)).toBeGreaterThanOrEqual(index - 1e-6);
      expect(intendedAtUs(index + 1)).toBeGreaterThanOrEqual(dueAtUs);
      expect(dueAtUs).toBeLessThanOrEqual(totalMs({ phases: list }) * 1_000);
    }),
  );
});

it('never goes back from one order to the next, all the way', () => {
  fc.assert(
    fc.property(phases, (list) => {
      const { planned, intendedAtUs } = shapedRate(
        list.map((one) => ({ ...one, durationMs: Math.min(one.durationMs, 500) })),
      );
      let last = 0;
      for (let index = 0; index < planned; index++) {
        const dueAtUs = intendedAtUs(index);
        if (dueAtUs < last) throw new Error(`order ${index} is due at ${dueAtUs}, the one before at ${last}`);
        last = dueAtUs;
      }
    }),
    { numRuns: 30 },
  );
});

it('loses no order to rounding, however long it goes on', () => {
  const day: LoadPhase = {
    name: 'day',
    startRate: 9_999,
    endRate: 9_999,
    durationMs: 86_400_000,
    isJudged: true,
  };
  const { planned, intendedAtUs } = shapedRate([day]);
  expect(planned).toBe(9_999 * 86_400);
  expect(intendedAtUs(9_999 * 86_399)).toBe(86_399_000_000);
});

it('knows what is due at a jump, in a pause, and at the very end', () => {
  const list: readonly LoadPhase[] = [
    { name: 'calm', startRate: 10, endRate: 10, durationMs: 1_000, isJudged: true },
    { name: 'pause', startRate: 0, endRate: 0, durationMs: 2_000, isJudged: true },
    { name: 'spike', startRate: 100, endRate: 100, durationMs: 1_000, isJudged: true },
  ];
  const { orders, dueAtUs } = courseOf(list);
  expect(orders).toBe(110);
  expect([0, 9, 10, 11, 110].map(dueAtUs)).toEqual([0, 900_000, 1_000_000, 3_010_000, 4_000_000]);
  const windows = phaseWindows({ phases: list });
  expect([999_999, 1_000_000, 3_000_000, 4_000_000].map((us) => phaseAt(windows, us))).toEqual([0, 1, 2, 2]);
});

it('counts every order in exactly one phase', () => {
  fc.assert(
    fc.property(phases, (list) => {
      const schedule = shapedRate(list);
      const shape = planShape({ name: 'any', phases: list }, schedule);
      const counts = shape.phases.map(({ planned }) => planned);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(schedule.planned);
      const windows = phaseWindows(shape);
      const [first = 0] = counts;
      if (first > 0) expect(phaseAt(windows, schedule.intendedAtUs(first - 1))).toBe(0);
    }),
  );
});
