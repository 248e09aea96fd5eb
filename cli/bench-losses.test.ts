import { expect, it } from 'vitest';
import type { RunReport } from '../verdict/index.ts';
import { toLossResult } from './bench-losses.ts';

const ledger = {
  verdict: 'FAIL',
  findings: [
    { invariant: 'lost', meaning: '', count: 582, isExpected: false, breaches: {}, samples: [] },
    { invariant: 'unsettled', meaning: '', count: 7, isExpected: false, breaches: {}, samples: [] },
  ],
  ...{ checked: [], notChecked: [], gaps: [] },
  counts: {
    ...{ attempted: 6_100, accepted: 6_000, refused: 100, unknown: 0, stored: 5_418, copies: 5_418 },
    ...{ unknownStored: 0, unknownNotStored: 0, charged: 5_400, declined: 11, conflict: 0 },
    ...{ deadLettered: 0, unsettled: 7, charges: 5_400, projected: {} },
  },
} as const satisfies RunReport['ledger'];

const sent = { rate: 500, seconds: 40 };

it('counts by the ledger what became of accepted orders', () => {
  const decision = {
    verdict: 'FAIL',
    reasons: [{ verdict: 'FAIL', code: 'lost', text: '582 orders are lost' }],
  } as const;
  expect(
    toLossResult('lazy-fsync', { experiment: 'power-lost-on-all', ...sent }, { decision, ledger }),
  ).toEqual({
    ...{ arm: 'lazy-fsync', experiment: 'power-lost-on-all', verdict: 'FAIL', ...sent },
    counts: { accepted: 6_000, lost: 582, unsettled: 7, chargedWithoutOrder: 0 },
    reasons: ['582 orders are lost'],
  });
});

it('counts nothing where nothing was audited', () => {
  const decision = { verdict: 'INCONCLUSIVE', reasons: [] } as const;
  const result = toLossResult(
    'baseline',
    { experiment: 'brokers-all-killed', ...sent },
    { decision, ledger: undefined },
  );
  expect(result).not.toHaveProperty('counts');
});
