import { expect, test } from 'vitest';
import { countDuplicates } from './duplicates.ts';
import { seriesOf } from './fixtures/run.ts';

test('what came more than once is counted over all replicas and over restarts', () => {
  const series = [
    seriesOf('repeated answers', 'order-0', [5, 7, 1]),
    seriesOf('repeated answers', 'order-1', [0, 4]),
    seriesOf('redeliveries', 'payment-processor', [9, 9]),
  ];
  expect(countDuplicates(series, { copies: 12, stored: 10 })).toEqual({
    answers: 7,
    copies: 2,
    redeliveries: 0,
  });
});

test('what nobody could count is not told as none', () => {
  expect(countDuplicates([seriesOf('repeated charges', 'psp-0', [3])], undefined)).toEqual({});
});

test('redeliveries are counted on from where a consumer that was set back, or its new leader, stands', () => {
  const series = [seriesOf('redeliveries', 'payment-processor', [5, -40_000, -39_990, -39_992, -39_992])];
  expect(countDuplicates(series, undefined)).toEqual({ redeliveries: 10 });
});
