import { expect, it } from 'vitest';
import { checkK6Accounts, type K6Summary } from './summary.ts';

const good: K6Summary = { attemptedRequests: 98, accepted: 950, unaccepted: 30, droppedIterations: 2 };
const logged = { requests: 98, accepted: 950, unaccepted: 30 };

it('finds nothing wrong when every request is logged and every order counted', () => {
  expect(checkK6Accounts(good, logged, 100, false)).toEqual([]);
});

it.each([
  ['a line is missing', good, { ...logged, requests: 97 }, 'did not log'],
  ['a line is too many', good, { ...logged, requests: 99 }, '1 more requests'],
  ['an acceptance was not logged', good, { ...logged, accepted: 949 }, '950 accepted orders and logged 949'],
  ['a refusal was not counted', { ...good, unaccepted: 29 }, logged, '29 unaccepted'],
  ['more started than planned', { ...good, attemptedRequests: 101 }, { ...logged, requests: 101 }, 'of 100'],
])('reports that %s', (_what, summary, counts, expected) => {
  const problems = checkK6Accounts(summary, counts, 100, false);
  expect(problems).toContainEqual(expect.stringContaining(expected));
});

it('expects requests cut short, and counts that come too late, when it was interrupted', () => {
  expect(checkK6Accounts(good, { ...logged, requests: 90 }, 100, true)).toEqual([]);
  expect(checkK6Accounts({ ...good, accepted: 940 }, logged, 100, true)).toEqual([]);
  expect(checkK6Accounts({ ...good, accepted: 951 }, logged, 100, true)).toHaveLength(1);
});
