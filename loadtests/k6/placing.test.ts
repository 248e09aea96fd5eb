import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeRequests } from './placing.ts';
import { planRequests } from './plan.ts';

const shape = {
  phases: [
    { name: 'up', startRate: 20, endRate: 200, durationMs: 2_000, isJudged: true },
    { name: 'held', startRate: 200, endRate: 200, durationMs: 2_000, isJudged: true },
  ],
};
const plan = planRequests(shape, 2);
const beganMs = 1_234;

/** Starts as k6 would make them: late by so much at each, and none of those that are dropped. */
function startsOf(dropped: ReadonlySet<number>, lateMs: (request: number) => number) {
  const sent = Array.from({ length: plan.requests }, (_, at) => at).filter((at) => !dropped.has(at));
  const startsMs = sent.map((at) => Math.floor(beganMs + plan.dueAtUs(at) / 1_000 + lateMs(at)));
  return { sent, startsMs: Float64Array.from(startsMs) };
}

it('finds which requests were dropped, whichever they were', () => {
  const drops = fc.uniqueArray(fc.integer({ min: 1, max: plan.requests - 2 }), { maxLength: 40 });
  fc.assert(
    fc.property(drops, (dropped) => {
      const { sent, startsMs } = startsOf(new Set(dropped), () => 0);
      const { originMs, dueAtUs } = placeRequests(startsMs, plan, dropped.length);
      expect(Math.abs(originMs - beganMs)).toBeLessThanOrEqual(1);
      for (const [request, planned] of sent.entries()) {
        expect(Math.abs(dueAtUs(request) - plan.dueAtUs(planned))).toBeLessThanOrEqual(0);
      }
    }),
  );
});

it('takes what is late and caught up with for late, and not for dropped', () => {
  const stalled = (at: number) => (at >= 50 && at < 60 ? 10 * (60 - at) : 0);
  const { startsMs } = startsOf(new Set([100]), stalled);
  const { dueAtUs } = placeRequests(startsMs, plan, 1);
  expect(dueAtUs(55)).toBe(plan.dueAtUs(55));
  expect(dueAtUs(120)).toBe(plan.dueAtUs(121));
});

it('places nothing wrong when nothing was sent, or starts are not known', () => {
  expect(placeRequests(new Float64Array(0), plan, 0).originMs).toBe(0);
  const unknown = new Float64Array(3).fill(Number.NaN);
  expect(placeRequests(unknown, plan, 1).dueAtUs(2)).toBe(plan.dueAtUs(3));
});
