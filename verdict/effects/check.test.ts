import { describe, expect, test } from 'vitest';
import { type Attempt, checkEffects, type Effect, type LedgerAdapter, type Stored } from './check.ts';

const adapterOf = (
  attempted: readonly Attempt[],
  stored: readonly Stored[],
  effected: readonly Effect[],
): LedgerAdapter => ({ attempted: () => attempted, stored: () => stored, effected: () => effected });

const accepted = { id: 'a', answer: 'accepted', content: 'seat 1' } as const;
const kept = { id: 'a', content: 'seat 1' };

describe('a ledger of attempts, what is stored, and effects', () => {
  test('passes when everything accepted is stored and effected once', async () => {
    const unknown = { id: 'b', answer: 'unknown' } as const;
    const refused = { id: 'c', answer: 'refused' } as const;
    expect(await checkEffects(adapterOf([accepted, unknown, refused], [kept], [kept]))).toEqual({
      verdict: 'PASS',
      counts: { attempted: 3, accepted: 1, stored: 1, effects: 1 },
      findings: [],
      gaps: [],
    });
  });

  test.each([
    ['lost', [accepted], [], []],
    ['phantom', [accepted], [kept, { id: 'x' }], [kept, { id: 'x' }]],
    ['refused-but-stored', [{ ...accepted, answer: 'refused' }], [kept], [kept]],
    ['unsettled', [accepted], [kept], []],
    ['repeated', [accepted], [kept], [kept, kept]],
    ['uncaused', [{ ...accepted, answer: 'unknown' }], [], [kept]],
    ['altered', [accepted], [{ id: 'a', content: 'seat 2' }], [{ id: 'a', content: 'seat 2' }]],
    ['altered', [accepted], [kept], [{ id: 'a', content: 'seat 2' }]],
  ] as const)('finds what is %s', async (rule, attempted, stored, effected) => {
    const { verdict, findings } = await checkEffects(adapterOf(attempted, stored, effected));
    expect(verdict).toBe('FAIL');
    expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(findings[0]).toMatchObject({ count: 1, samples: [rule === 'phantom' ? 'x' : 'a'] });
  });

  test('takes nothing for granted where a source breaks off, and finds what is found all the same', async () => {
    const breakingOff = {
      *stored(): Generator<Stored> {
        yield kept;
        throw new Error('the connection is gone');
      },
    };
    const second = { id: 'b', answer: 'accepted' } as const;
    const adapter = { ...adapterOf([accepted, second], [], [kept]), ...breakingOff };
    expect(await checkEffects(adapter)).toMatchObject({
      verdict: 'INCONCLUSIVE',
      findings: [],
      gaps: ['stored: the connection is gone, after 1'],
    });
    const doubled = { ...adapter, effected: () => [kept, kept] };
    expect(await checkEffects(doubled)).toMatchObject({ verdict: 'FAIL', findings: [{ rule: 'repeated' }] });
  });

  test('no data is never a pass', async () => {
    expect(await checkEffects(adapterOf([], [], []))).toMatchObject({ verdict: 'INCONCLUSIVE' });
  });
});
