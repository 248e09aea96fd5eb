import { expect, it } from 'vitest';
import { sumProgress } from './progress.ts';

const one = {
  ...{
    elapsedSeconds: 3,
    sent: 10,
    accepted: 6,
    retried: 1,
    refused: 2,
    unknown: 1,
    dropped: 4,
    inFlight: 1,
  },
  ...{ p50Ms: 5, p99Ms: 20 },
};

it('adds counts up, and tells the time and the waiting of whoever is worst off', () => {
  const other = { ...one, elapsedSeconds: 4, p50Ms: 6, p99Ms: 10 };
  expect(sumProgress([one, other])).toEqual({
    ...{ elapsedSeconds: 4, sent: 20, accepted: 12, retried: 2, refused: 4, unknown: 2, dropped: 8 },
    ...{ inFlight: 2, p50Ms: 6, p99Ms: 20 },
  });
  expect(sumProgress([one])).toEqual(one);
});
