import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrivalStages, constantShape, planRequests } from './plan.ts';

const phase = fc.record({
  name: fc.constant('phase'),
  startRate: fc.integer({ min: 0, max: 10_000 }),
  endRate: fc.integer({ min: 1, max: 10_000 }),
  durationMs: fc.integer({ min: 1, max: 60_000 }),
  isJudged: fc.constant(true),
});

/** What k6 makes of stages: the integral of their rates, in floating point and nanoseconds, as it adds them up. */
function iterationsOf({ startRate, timeUnit, stages }: ReturnType<typeof arrivalStages>): number {
  const unitNs = Number.parseInt(timeUnit, 10) * 1e9;
  let from = startRate / unitNs;
  let count = 0;
  for (const { target, duration } of stages) {
    const to = target / unitNs;
    const durationNs = Number.parseInt(duration, 10) * 1e3;
    count += durationNs * ((to - from) / 2 + from);
    from = to;
  }
  return Math.floor(count);
}

it('has k6 start every request of the plan, and at most one beyond it', () => {
  const phases = fc.array(phase, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(phases, fc.integer({ min: 1, max: 100 }), (list, ordersPerRequest) => {
      const shape = { name: 'any', phases: list };
      const { requests, orders } = planRequests(shape, ordersPerRequest);
      const started = iterationsOf(arrivalStages(shape, ordersPerRequest));
      expect(orders).toBe(requests * ordersPerRequest);
      expect(started).toBeGreaterThanOrEqual(requests);
      expect(started).toBeLessThanOrEqual(requests + 1);
    }),
  );
});

it('sends a request when the last of its orders falls due', () => {
  const { requests, dueAtUs } = planRequests(constantShape(10, 2), 5);
  expect(requests).toBe(4);
  expect([0, 1, 2, 3].map(dueAtUs)).toEqual([500_000, 1_000_000, 1_500_000, 2_000_000]);
});

it('makes a jump a stage that takes no time', () => {
  const jump = {
    name: 'jump',
    phases: [
      { name: 'calm', startRate: 10, endRate: 10, durationMs: 1_000, isJudged: true },
      { name: 'spike', startRate: 100, endRate: 100, durationMs: 500, isJudged: false },
    ],
  };
  expect(arrivalStages(jump, 10)).toMatchObject({
    startRate: 10,
    timeUnit: '10s',
    stages: [
      { target: 10, duration: '1000000us' },
      { target: 100, duration: '0us' },
      { target: 100, duration: '500000us' },
      { target: 100, duration: '50000us' },
      { target: 0, duration: '0us' },
      { target: 0, duration: '10000000us' },
    ],
  });
});
