import { describe, expect, it } from 'vitest';
import type { SloStatus } from '../slo/index.ts';
import { answerOf, budgetDaysLeft } from './answer.ts';
import { emptyState, flowOfNothing, kept } from './fixtures/state.ts';
import type { ActiveAlert, PageState } from './model.ts';

const nowMs = 1_800_000_000_000;
const ofNow = <T>(value: T) => ({ found: { value, atMs: nowMs } });
const audited = { ...flowOfNothing, audit: { violations: new Map([['lost', 0]]), ageSeconds: 5 } };

function stateOf(promises: readonly SloStatus[], rest: Partial<PageState> = {}): PageState {
  return {
    ...emptyState(nowMs),
    promises: ofNow(promises),
    flow: ofNow(audited),
    alerts: ofNow([]),
    ...rest,
  };
}

describe('the answer', () => {
  it('is yes when every objective was met and nothing threatens it', () => {
    const answer = answerOf(stateOf([kept('a'), kept('b')]));
    expect(answer).toEqual({
      verdict: 'yes',
      text: 'All 2 objectives were met in the last hour.',
      reasons: [],
    });
  });

  it('is no for one objective that was missed, and leads to its runbook', () => {
    const burns = { burnRate: 3, burnRateWithoutChaos: 3, badEvents: 30 };
    const missed = { ...kept('a'), ...burns, verdict: 'broken' } as const;
    const answer = answerOf(stateOf([missed, kept('b')]));
    expect(answer).toMatchObject({
      verdict: 'no',
      text: '1 of 2 objectives was missed in the last hour.',
      reasons: [{ tone: 'bad', text: expect.stringContaining('30 of 10,000'), runbook: 'a-budget-burn' }],
    });
    expect(answer.reasons[0]?.text).not.toContain('announced chaos');
  });

  it('says of a miss that it was announced chaos alone', () => {
    const missed = {
      ...kept('a'),
      verdict: 'broken',
      burnRate: 3,
      burnRateWithoutChaos: 0,
      badEvents: 30,
    } as const;
    expect(answerOf(stateOf([missed])).reasons[0]?.text).toContain('Without announced chaos');
  });

  it('is no for one order that is wrong, however good the objectives are', () => {
    const violations = new Map([
      ['lost', 1],
      ['unsettled', 0],
    ]);
    const flow = ofNow({ ...flowOfNothing, audit: { violations, ageSeconds: 5 } });
    expect(answerOf(stateOf([kept('a')], { flow }))).toMatchObject({
      verdict: 'no',
      text: 'There are orders that are wrong.',
      reasons: [
        { tone: 'bad', text: '1 order is lost: the audit found it 5 s ago.', runbook: 'ledger-violation' },
      ],
    });
  });

  it('is a yes at risk while a budget burns too fast, is overdrawn, or somebody is woken', () => {
    const burning = { ...kept('a'), burnRateWithoutChaos: 2 };
    const nearlyGone = { ...kept('a'), burnRate: 0.9, burnRateWithoutChaos: 0.9, budgetLeft: 0.06 };
    const overdrawn = { ...kept('a'), budgetLeft: -0.1 };
    const page: ActiveAlert = {
      ...{ key: 'k', name: 'BreakerOpen', severity: 'page', sinceMs: nowMs, where: '' },
      ...{ summary: 'The provider is down', description: '', runbook: 'breaker-open' },
      state: 'firing',
    };
    for (const state of [
      stateOf([burning]),
      stateOf([nearlyGone]),
      stateOf([overdrawn]),
      stateOf([kept('a')], { alerts: ofNow([page]) }),
    ]) {
      expect(answerOf(state)).toMatchObject({ verdict: 'at-risk', reasons: [{ tone: /bad|warn/ }] });
    }
    const lasting = { ...nearlyGone, budgetLeft: 0.2 };
    expect(answerOf(stateOf([lasting])).verdict).toBe('yes');
    const pending = stateOf([kept('a')], { alerts: ofNow([{ ...page, state: 'pending' }]) });
    expect(answerOf(pending).verdict).toBe('yes');
  });

  it('is never yes without events, without data, or from figures that are old', () => {
    const none = { ...kept('a'), verdict: 'no-events', events: 0 } as const;
    const unmeasured = { ...kept('b'), verdict: 'no-data', events: 0 } as const;
    expect(answerOf(stateOf([kept('a'), none])).verdict).toBe('unknown');
    expect(answerOf(stateOf([none])).text).toBe('Nobody can tell: no order came in the last hour.');
    expect(answerOf(stateOf([kept('a'), unmeasured])).text).toContain('nothing was measured');
    const old = { found: { value: [kept('a')], atMs: nowMs - 60_000 }, failure: 'Prometheus is gone' };
    expect(answerOf(stateOf([], { promises: old }))).toMatchObject({
      verdict: 'unknown',
      text: 'Nobody can tell: Prometheus is gone. What is shown below was found 60 s ago.',
    });
    expect(answerOf(emptyState(nowMs)).verdict).toBe('unknown');
  });

  it('is no plain yes while the audit or the alerts are not known, or were found too long ago', () => {
    const failure = 'Prometheus at x refused it';
    const atMs = nowMs - 60_000;
    for (const rest of [
      { flow: { failure } },
      { alerts: { failure } },
      { flow: { found: { value: audited, atMs }, failure } },
      { alerts: { found: { value: [], atMs }, failure } },
    ] satisfies Partial<PageState>[]) {
      expect(answerOf(stateOf([kept('a')], rest))).toMatchObject({
        verdict: 'at-risk',
        reasons: [{ tone: 'warn', text: expect.stringMatching(/^Not known whether .*: .* refused it\.$/) }],
      });
    }
  });

  it('is no for orders that are wrong though nobody tells how the objectives stand, and does not contradict itself', () => {
    const flow = ofNow({
      ...flowOfNothing,
      audit: { violations: new Map([['lost', 2]]), ageSeconds: 5_400 },
    });
    const answer = answerOf(stateOf([], { promises: { failure: 'x is gone' }, flow }));
    expect(answer).toMatchObject({
      verdict: 'no',
      text: 'There are orders that are wrong. Nobody can tell how the objectives stand: x is gone.',
    });
    expect(answer.reasons[0]?.text).toContain('1.5 hours ago');
    const old = { found: { value: flow.found.value, atMs: nowMs - 60_000 } };
    expect(answerOf(stateOf([], { promises: { failure: 'x is gone' }, flow: old })).verdict).toBe('unknown');
  });

  it('is not known when only a part of the window was measured, or nothing is measured now', () => {
    const part = {
      ...kept('a'),
      measured: { share: 0.1, isCurrent: true, sinceSeconds: 3_600, shareSince: 0.1 },
    };
    expect(answerOf(stateOf([part, kept('b')]))).toMatchObject({
      verdict: 'unknown',
      text: 'All 2 objectives were met while they were measured, but that was only 6 minutes of the last hour.',
    });
    const ended = { ...kept('a'), measured: { ...kept('a').measured, share: 0.95, isCurrent: false } };
    expect(answerOf(stateOf([ended]))).toMatchObject({
      verdict: 'unknown',
      text: expect.stringContaining('nothing is measured now'),
    });
    const broken = { ...part, verdict: 'broken' } as const;
    expect(answerOf(stateOf([broken])).verdict).toBe('no');
  });

  it('is about the time since measuring began while the platform is young, once orders enough came', () => {
    const measured = { share: 0.2, isCurrent: true, sinceSeconds: 720, shareSince: 1 };
    const young = (events: number) => ({ ...kept('a'), measured, events });
    expect(answerOf(stateOf([young(1_000), kept('b')]))).toMatchObject({
      verdict: 'yes',
      text: 'All 2 objectives were met in the 12 minutes since measuring began.',
    });
    expect(answerOf(stateOf([young(999)]))).toMatchObject({
      verdict: 'unknown',
      text:
        'All 1 objectives were met while they were measured, but 999 orders in the 12 minutes since measuring began ' +
        'are too few to tell: of promise a it takes 1,000.',
    });
    const gappy = { ...young(5_000), measured: { ...measured, shareSince: 0.5 } };
    expect(answerOf(stateOf([gappy])).verdict).toBe('unknown');
    expect(answerOf(stateOf([{ ...young(1_000), verdict: 'broken' }])).verdict).toBe('no');
  });

  it('is not at risk for an alert that somebody has silenced, or that another one explains', () => {
    const alert = (key: string): ActiveAlert => ({
      ...{ key, name: 'BreakerOpen', severity: 'page', sinceMs: nowMs, where: '', description: '' },
      ...{ summary: 'The provider is down', runbook: 'breaker-open', state: 'firing' },
    });
    const alerts = ofNow([alert('k'), alert('l')]);
    const muted = (...keys: string[]) => ofNow(new Map(keys.map((key) => [key, 'silenced'])));
    expect(answerOf(stateOf([kept('a')], { alerts, muted: muted('k', 'l') }))).toMatchObject({
      verdict: 'yes',
      reasons: [
        {
          tone: 'note',
          text: 'Page BreakerOpen (silenced: nobody is told): The provider is down (2 alerts)',
        },
      ],
    });
    const one = answerOf(stateOf([kept('a')], { alerts, muted: muted('k') }));
    expect(one).toMatchObject({ verdict: 'at-risk', reasons: [{ tone: 'bad' }, { tone: 'note' }] });
    const old = { found: { value: new Map([['k', 'silenced']]), atMs: nowMs - 60_000 } };
    expect(answerOf(stateOf([kept('a')], { alerts, muted: old })).verdict).toBe('at-risk');
  });

  it('says when nobody checks whether orders are right', () => {
    const answer = answerOf(stateOf([kept('a')], { flow: ofNow(flowOfNothing) }));
    expect(answer).toMatchObject({ verdict: 'yes', reasons: [{ tone: 'note' }] });
    expect(answer.reasons[0]?.text).toContain('Nobody checks');
  });
});

it('a budget lasts as long as its burn rate says', () => {
  expect(budgetDaysLeft({ ...kept('a'), budgetLeft: 0.5, burnRateWithoutChaos: 1 }, 30)).toBe(15);
  expect(budgetDaysLeft({ ...kept('a'), budgetLeft: -1, burnRateWithoutChaos: 2 }, 30)).toBe(0);
  expect(budgetDaysLeft({ ...kept('a'), burnRateWithoutChaos: 0 }, 30)).toBeUndefined();
});
