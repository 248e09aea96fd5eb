import fc from 'fast-check';
import { expect, it } from 'vitest';
import { constantRate, shapedRate } from './schedule.ts';
import { shareOf } from './share.ts';

const shaped = shapedRate([
  { name: 'up', startRate: 10, endRate: 400, durationMs: 1_500, isJudged: true },
  { name: 'held', startRate: 400, endRate: 400, durationMs: 500, isJudged: true },
]);

it('gives every order of a run to exactly one generator, at the time that the run has for it', () => {
  const schedules = fc.oneof(
    fc.constant(shaped),
    fc
      .record({ rate: fc.integer({ min: 1, max: 500 }), seconds: fc.integer({ min: 1, max: 3 }) })
      .map(({ rate, seconds }) => constantRate(rate, seconds)),
  );
  fc.assert(
    fc.property(schedules, fc.integer({ min: 1, max: 20 }), (schedule, count) => {
      const sent = Array.from({ length: count }, (_, index) => shareOf(schedule, { index, count })).flatMap(
        ({ planned, orderAt, intendedAtUs }) =>
          Array.from({ length: planned }, (_, at) => [orderAt(at), intendedAtUs(at)] as const),
      );
      const inOrder = sent.sort(([one], [other]) => one - other);
      expect(inOrder).toEqual(
        Array.from({ length: schedule.planned }, (_, index) => [index, schedule.intendedAtUs(index)]),
      );
    }),
  );
});

it('leaves generators without orders where there are more of them than orders', () => {
  const schedule = constantRate(1, 2);
  expect([0, 1, 2].map((index) => shareOf(schedule, { index, count: 3 }).planned)).toEqual([1, 1, 0]);
});
