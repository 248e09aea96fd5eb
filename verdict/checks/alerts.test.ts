import { describe, expect, it } from 'vitest';
import { type AlertCourse, checkAlerts, type ExpectedAlert, type HeardAlert } from './alerts.ts';

const heard = (
  alertname: string,
  firedAtMs: number | undefined,
  resolvedAtMs?: number,
  labels: Readonly<Record<string, string>> = {},
): HeardAlert => ({ labels: { alertname, severity: 'page', ...labels }, firedAtMs, resolvedAtMs });

/** A fault at 100 s, of which nothing is left at 160 s, and an alert that is promised within 30 s, and its end within 20 s. */
const course: AlertCourse = {
  ...{ injectedAtMs: 100_000, wellAtMs: 160_000, lookedUntilMs: 200_000 },
  heard: [heard('BreakerOpen', 120_000, 175_000)],
  promiseOf: ({ alert }) =>
    alert === 'Unheardof' ? undefined : { firesWithinMs: 30_000, resolvesWithinMs: 20_000 },
};

const breakerOpen: ExpectedAlert = { alert: 'BreakerOpen' };

/** What is said about the firing and the end of an alert, and about its place among others. */
const judge = (changes: Partial<AlertCourse>, expected: ExpectedAlert = breakerOpen) =>
  checkAlerts({ ...course, ...changes }, [expected]).checks.map(({ check }) =>
    'detail' in check ? `${check.status}: ${check.detail}` : check.status,
  );

describe('an expected alert', () => {
  it('that fires and ends in time is met, and told with its times', () => {
    expect(judge({})).toEqual(['met', 'met']);
    expect(checkAlerts(course, [breakerOpen]).alerts).toEqual([
      {
        alert: 'BreakerOpen',
        ...{ firedAfterMs: 20_000, firesWithinMs: 30_000, resolvedAfterMs: 15_000, resolvesWithinMs: 20_000 },
      },
    ]);
  });

  it('that never fires is not met', () => {
    expect(judge({ heard: [heard('BrokerDown', 120_000, 165_000)] })).toEqual([
      'not-met: it did not in 100000 ms, expected within 30000',
      'not-applicable',
    ]);
  });

  it('that fires too late is not met, unless it may be slower', () => {
    const late = { heard: [heard('BreakerOpen', 131_000, 175_000)] };
    expect(judge(late)[0]).toBe('not-met: only after 31000 ms, expected 30000 at most');
    expect(judge(late, { ...breakerOpen, slowerBy: 2 })[0]).toBe('met');
  });

  it('that ends too late, or not at all, is not met', () => {
    expect(judge({ heard: [heard('BreakerOpen', 120_000, 181_000)] })[1]).toMatch(/^not-met: only 21000 ms/);
    expect(judge({ heard: [heard('BreakerOpen', 120_000)] })[1]).toMatch(/^not-met: it still fired 40000 ms/);
  });

  it('that fires again is over when the last of them is', () => {
    const again = [heard('BreakerOpen', 120_000, 165_000), heard('BreakerOpen', 166_000, 190_000)];
    expect(judge({ heard: again })[1]).toMatch(/^not-met: only 30000 ms/);
  });

  it('with other labels is another', () => {
    const expected = { ...breakerOpen, labels: { severity: 'ticket' } };
    expect(judge({}, expected)[0]).toMatch(/^not-met/);
    const ticket = heard('BreakerOpen', 110_000, 170_000, { severity: 'ticket' });
    expect(judge({ heard: [ticket] }, expected)).toEqual(['met', 'met']);
  });
});

describe('nothing is known of an expected alert', () => {
  it('that was firing before anything was broken', () => {
    const before = 'unknown: it was firing before anything was broken';
    expect(judge({ heard: [heard('BreakerOpen', 90_000, 170_000)] })).toEqual([before, before]);
    expect(judge({ heard: [heard('BreakerOpen', undefined, 170_000)] })).toEqual([before, before]);
    const over = [heard('BreakerOpen', 80_000, 90_000), heard('BreakerOpen', 120_000, 170_000)];
    expect(judge({ heard: over })).toEqual(['met', 'met']);
  });

  it('when nobody recorded, nothing was injected, or no rule has it', () => {
    expect(judge({ heard: 'the recorder does not answer' })).toEqual([
      'unknown: the recorder does not answer',
      'unknown: the recorder does not answer',
    ]);
    expect(judge({ injectedAtMs: undefined })[0]).toBe('unknown: nothing was injected');
    expect(judge({}, { alert: 'Unheardof' })[0]).toMatch(/^unknown: the rules in force/);
  });

  it('that nobody waited for', () => {
    expect(judge({ heard: [], lookedUntilMs: 120_000 })[0]).toMatch(/^unknown: .*nobody looked for longer$/);
    const firing = { heard: [heard('BreakerOpen', 120_000)], lookedUntilMs: 170_000 };
    expect(judge(firing)[1]).toMatch(/^unknown: .*nobody looked for longer$/);
    expect(judge({ wellAtMs: undefined })[1]).toMatch(/^unknown: .*never healed/);
  });
});

describe('an alert that must come before another', () => {
  const expected = { ...breakerOpen, precedes: ['SettlementBudgetBurn'] };
  const settlement = (atMs: number) => heard('SettlementBudgetBurn', atMs, 190_000);

  it('is there when the other is told of, if that ever is', () => {
    const [alert] = course.heard as readonly HeardAlert[];
    expect(judge({}, expected)[2]).toBe('met');
    expect(judge({ heard: [alert as HeardAlert, settlement(121_000)] }, expected)[2]).toBe('met');
    // What was over before says nothing.
    const over = heard('SettlementBudgetBurn', 90_000, 99_000);
    expect(judge({ heard: [alert as HeardAlert, over] }, expected)[2]).toBe('met');
  });

  it('comes too late after it', () => {
    const both = [heard('BreakerOpen', 120_000, 170_000), settlement(119_000)];
    expect(judge({ heard: both }, expected)[2]).toBe('not-met: SettlementBudgetBurn came 1000 ms before it');
    expect(judge({ heard: [settlement(119_000)] }, expected)[2]).toMatch(/^not-met/);
  });

  it('cannot be told when one of those that should come later was firing before anything was broken', () => {
    const expected = { ...breakerOpen, precedes: ['SettlementBudgetBurn', 'AcceptanceLatencyBudgetBurn'] };
    const all = [
      heard('AcceptanceLatencyBudgetBurn', 98_000, 180_000),
      heard('SettlementBudgetBurn', 119_000, 170_000),
      heard('BreakerOpen', 120_000, 175_000),
    ];
    const unknown = 'unknown: AcceptanceLatencyBudgetBurn was firing before anything was broken';
    expect(judge({ heard: all }, expected)).toEqual(['met', 'met', unknown, unknown]);
    const over = [heard('AcceptanceLatencyBudgetBurn', 90_000, 99_000), ...all.slice(1)];
    expect(judge({ heard: over }, expected)[2]).toMatch(/^not-met/);
  });
});
