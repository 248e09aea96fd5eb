import { expect, test } from 'vitest';
import { type Backlog, leftOf } from './drain.ts';

const nothing: Backlog = { queued: 0, pending: 0, ackPending: 0, unprojected: 0, unstored: 0 };

test('a platform at rest has nothing left', () => {
  expect(leftOf(nothing)).toBe('');
});

test.each<[Partial<Backlog>, string]>([
  [{ queued: 2 }, '2 orders not known to be stored'],
  [{ pending: 1, ackPending: 3 }, '1 groups not delivered, 3 groups not acknowledged'],
  [{ unprojected: 5 }, '5 messages not projected'],
  [{ unstored: 7 }, '7 messages projected that no stream has'],
])('%o is left', (changes, words) => {
  expect(leftOf({ ...nothing, ...changes })).toBe(words);
});
