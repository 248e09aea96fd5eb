import { expect, it } from 'vitest';
import { judgeLedger } from './phase.ts';

const found = (invariant: 'lost' | 'dead-lettered', isExpected = false) => ({
  ...{ invariant, meaning: '', count: 3, isExpected, breaches: {}, samples: [] },
});

it('finds nothing where every order is accounted for', () => {
  expect(judgeLedger({ findings: [], gaps: [] }, { hasProjections: true })).toEqual({
    violations: [],
    gap: undefined,
  });
});

it('tells what was violated, and how often', () => {
  const { violations } = judgeLedger({ findings: [found('lost')], gaps: [] }, { hasProjections: true });
  expect(violations).toEqual([{ invariant: 'lost', count: 3 }]);
});

it('takes what an audit has not seen for a gap, but for projections that an arm does not have', () => {
  const gaps = ['projections: no replica was asked'];
  expect(judgeLedger({ findings: [], gaps }, { hasProjections: false }).gap).toBeUndefined();
  expect(judgeLedger({ findings: [], gaps }, { hasProjections: true }).gap).toBe(gaps[0]);
  const drain = ['drain: 4 messages not delivered'];
  expect(judgeLedger({ findings: [], gaps: drain }, { hasProjections: false }).gap).toBe(drain[0]);
});
