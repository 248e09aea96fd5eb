import { expect, it } from 'vitest';
import { promiseOf } from './alerts.ts';

const annotations = { fires_within_seconds: '50', resolves_within_seconds: '40' };
const rules = [
  { name: 'BudgetBurn', labels: { severity: 'page' }, annotations },
  {
    name: 'BudgetBurn',
    labels: { severity: 'ticket' },
    annotations: { ...annotations, fires_within_seconds: '500' },
  },
  { name: 'Foreign', labels: {}, annotations: {} },
];

it('a promise is that of the rule with the labels asked for', () => {
  const firesWithinMs = (labels: Readonly<Record<string, string>>) =>
    promiseOf(rules, { alert: 'BudgetBurn', labels })?.firesWithinMs;
  expect(firesWithinMs({ severity: 'page' })).toBe(50_000);
  expect(firesWithinMs({ severity: 'ticket' })).toBe(500_000);
  // Of what only the expression says the rule knows nothing.
  expect(firesWithinMs({ severity: 'page', job: 'payment' })).toBe(50_000);
});

it('a rule that is not there, or says nothing of itself, promises nothing', () => {
  expect(promiseOf(rules, { alert: 'BrokerDown' })).toBeUndefined();
  expect(promiseOf(rules, { alert: 'BudgetBurn', labels: { severity: 'none' } })).toBeUndefined();
  expect(promiseOf(rules, { alert: 'Foreign' })).toBeUndefined();
});
