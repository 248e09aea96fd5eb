import { expect, it } from 'vitest';
import type { AttemptRecord } from './history.ts';
import { createTimeline, sliceUsOf } from './timeline.ts';

/** An order whose answers come at these milliseconds after its intended time. */
function record(intendedAtMs: number, ...answers: (readonly [status: number, ms: number])[]): AttemptRecord {
  return {
    ...{ index: 0, orderId: undefined, streamSequence: 0, intendedAtUs: intendedAtMs * 1_000 },
    outcome: answers.at(-1)?.[0] === 201 ? 'accepted' : 'unknown',
    answers: answers.map(([status, ms]) => ({
      ...{ status, isDefinite: status !== 0, sentAfterUs: 0, answeredAfterUs: ms * 1_000 },
    })),
  };
}

it('counts orders where they should have been sent, and answers where they came', () => {
  const timeline = createTimeline(1_000_000);
  timeline.add(record(100, [201, 9]));
  timeline.add(record(200, [503, 1], [201, 3_000]));
  timeline.add(record(2_500, [0, 5]));
  const { slices } = timeline.end();
  expect(slices.map(({ final: _final, ...slice }) => slice)).toEqual([
    { fromUs: 0, orders: 2, accepted: 1, failedAnswers: 1 },
    { fromUs: 1_000_000, orders: 0, accepted: 0, failedAnswers: 0 },
    { fromUs: 2_000_000, orders: 1, accepted: 0, failedAnswers: 1 },
    { fromUs: 3_000_000, orders: 0, accepted: 1, failedAnswers: 0 },
  ]);
  expect(slices[0]?.final?.samples).toBe(2);
  expect(slices[2]?.final).toBeUndefined();
});

it('slices by whole seconds, at most 120 times, and keeps to its memory', () => {
  expect([1, 120, 121, 86_400].map(sliceUsOf)).toEqual([1e6, 1e6, 2e6, 720e6]);
  const timeline = createTimeline(1);
  timeline.add(record(1e9, [201, 1]));
  expect(timeline.end().slices).toHaveLength(240);
});
