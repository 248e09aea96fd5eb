import { expect, it } from 'vitest';
import { checkK6Accounts, type K6Summary } from './summary.ts';

const none = { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
const good: K6Summary = {
  attempted: 98,
  accepted: 95,
  unaccepted: 3,
  iterations: 98,
  droppedIterations: 2,
  orderDurationMs: none,
  requestDurationMs: none,
};

it('finds nothing wrong when every order is accepted or logged', () => {
  expect(checkK6Accounts(good, 3, 100, false)).toEqual([]);
});

it.each([
  ['a line is missing', good, 2, 'logged 2'],
  ['a line is too many', good, 4, 'logged 4'],
  ['an order was cut short', { ...good, accepted: 94 }, 3, 'cut 1 orders short'],
  ['more ended than started', { ...good, accepted: 96 }, 3, '1 more orders'],
  ['more started than planned', { ...good, attempted: 101, accepted: 98 }, 3, 'of 100 orders'],
])('reports that %s', (_what, summary, logged, expected) => {
  const problems = checkK6Accounts(summary, logged, 100, false);
  expect(problems).toContainEqual(expect.stringContaining(expected));
});

it('expects orders cut short when it was interrupted', () => {
  expect(checkK6Accounts({ ...good, accepted: 90 }, 3, 100, true)).toEqual([]);
  expect(checkK6Accounts({ ...good, accepted: 90 }, 5, 100, true)).toEqual([]);
});
