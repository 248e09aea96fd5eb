import { expect, it } from 'vitest';
import { type AuditFacts, judgeAudit } from './audit.ts';
import { ledgerOf, lossOf } from './fixtures/runs.ts';

const well: AuditFacts = { ledger: ledgerOf(3_000_000), seconds: 41, peakBytes: 420e6 };
const statuses = (changes: Partial<AuditFacts>) =>
  judgeAudit({ ...well, ...changes }, 3_000_000).map(({ check }) => check.status);

it('passes an audit that is quick and small', () => {
  expect(statuses({})).toEqual(['met', 'met', 'met', 'met']);
});

it.each<[string, Partial<AuditFacts>, string[]]>([
  ['a slow audit', { seconds: 60 }, ['met', 'met', 'not-met', 'met']],
  ['a large one', { peakBytes: 500e6 }, ['met', 'met', 'met', 'not-met']],
  ['one whose memory nobody saw', { peakBytes: undefined }, ['met', 'met', 'met', 'unknown']],
  ['one of too few orders', { ledger: ledgerOf(2_999_999) }, ['met', 'unknown', 'met', 'met']],
  ['one that found losses', { ledger: lossOf(3_000_000, 1) }, ['not-met', 'met', 'met', 'met']],
  ['one that printed nothing', { ledger: undefined }, ['unknown', 'unknown', 'met', 'met']],
])('finds %s', (_, changes, expected) => {
  expect(statuses(changes)).toEqual(expected);
});
