import { expect, test } from 'vitest';
import { checkCalmBefore } from './calm.ts';
import { pulseOf } from './fixtures/run.ts';

const from = (fromMs: number, beat: object) => pulseOf(20, [{ fromMs, toMs: 20_000, beat }]);

test('a platform that serves its clients is calm', () => {
  expect(checkCalmBefore(pulseOf(20), 10_000)).toEqual({ status: 'met' });
});

test('what happens while it warms up, and to orders that are on their way when the fault strikes, is no unrest', () => {
  const pulse = pulseOf(20, [
    { fromMs: 0, toMs: 1_000, beat: { late: 25, failedSends: 25 } },
    { fromMs: 9_500, toMs: 20_000, beat: { late: 25, failedSends: 25 } },
  ]);
  expect(checkCalmBefore(pulse, 10_000)).toEqual({ status: 'met' });
});

test.each([
  ['fails', { failedSends: 5 }, /of 850 sends before the first fault failed/],
  ['is slow', { late: 5 }, /of 850 orders before the first fault waited longer than 1000 ms/],
])('a platform that %s before anything was broken is not', (_what, beat, detail) => {
  expect(checkCalmBefore(from(0, beat), 10_000)).toEqual({
    status: 'not-met',
    detail: expect.stringMatching(detail),
  });
});

test('too few orders tell nothing', () => {
  expect(checkCalmBefore(pulseOf(20), 1_500)).toMatchObject({ status: 'unknown' });
});
