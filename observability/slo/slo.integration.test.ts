import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { answers, calm, chaosWindow, refusing } from './fixtures/calm.ts';
import { play } from './fixtures/promtool.ts';
import { counter, gaugeAt, type Series, type SeriesSet } from './fixtures/series.ts';
import { duration } from './promql.ts';
import { renderRules } from './rules/render.ts';

const { promtool } = await ensureTools(['promtool'], { env: process.env });

const minute = 60;
/** In operation: a step is 15 s. */
const real = { rules: renderRules(), intervalSeconds: 15 };
/** Sixty times shorter: a step is 5 s, an hour is a minute, three days are 72 minutes. */
const short = { rules: renderRules({ scale: 60 }), intervalSeconds: 5 };

const page = 'AcceptanceAvailabilityBudgetBurn page';
const ticket = 'AcceptanceAvailabilityBudgetBurn ticket';
const everFired =
  'count(group by (alertname) (last_over_time(ALERTS{alertstate="firing"}[2h]))) or vector(0)';
const between = (from: number, to: number) => (at: number) => at > from && at <= to;
const share = (of: number, isBad: (at: number) => boolean) => (at: number) => (isBad(at) ? of : 0);

describe('a steady load', () => {
  it('fires nothing in an hour', async () => {
    const seconds = 70 * minute;
    await play(promtool, {
      ...real,
      seconds,
      series: calm(2_000),
      values: { [seconds]: { [everFired]: 0 } },
    });
  });

  it('has as many events as there were orders', async () => {
    const of = '{slo="acceptance-availability",chaos="counted"}';
    await play(promtool, {
      ...real,
      seconds: 20 * minute,
      series: refusing(100, () => 0.002),
      values: {
        [20 * minute]: {
          [`sum(sum_over_time(slo:valid_events:step${of}[10m]))`]: 60_000,
          [`sum(slo:bad_events:sum{window="5m"} and on (slo, chaos) slo:error_budget_left:ratio${of})`]: 60,
          [`sum(slo:error_budget_left:ratio${of})`]: -1,
        },
      },
    });
  });
});

describe('any load', () => {
  const steps = fc.array(fc.record({ good: fc.nat(500), bad: fc.nat(20) }), { minLength: 24, maxLength: 48 });

  it('has the error ratios that a count of its events gives', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (loads) => {
        const { intervalSeconds } = short;
        const of = (kind: 'good' | 'bad'): Series => ({
          kind: 'counter',
          rate: (at) => (loads[at / intervalSeconds - 1]?.[kind] ?? 0) / intervalSeconds,
          // Nothing is known of a counter before its first sample; one that has counted for long is no special case.
          start: 1_000_000,
        });
        // Events are counted a step late: by then they have arrived.
        const seconds = (loads.length + 1) * intervalSeconds;
        const expected = [15, 30, 60].flatMap((window) => {
          const last = loads.slice(-window / intervalSeconds);
          const bad = last.reduce((sum, load) => sum + load.bad, 0);
          const valid = last.reduce((sum, load) => sum + load.good + load.bad, 0);
          const labels = `{slo="acceptance-availability",chaos="counted",window="${duration(window)}"}`;
          return [
            [`sum(slo:bad_events:sum${labels})`, bad] as const,
            ...(valid === 0 ? [] : [[`sum(slo:error_ratio${labels})`, bad / valid] as const]),
          ];
        });
        await play(promtool, {
          ...short,
          seconds,
          series: { ...calm(0), [answers('accepted')]: of('good'), [answers('refused')]: of('bad') },
          values: { [seconds]: Object.fromEntries(expected) },
        });
      }),
      {
        numRuns: 8,
        // Prometheus adds these up to another last bit than a count does.
        examples: [
          [
            [
              ...Array(21).fill({ good: 0, bad: 0 }),
              { good: 13, bad: 16 },
              { good: 96, bad: 0 },
              { good: 448, bad: 0 },
            ],
          ],
        ],
      },
    );
  });
});

describe('a counter that was not there before', () => {
  const counted = (one: Partial<Series>): Series =>
    ({
      kind: 'counter',
      rate: (at: number) => (at > 12 ? 100 : 0),
      isMissing: (at: number) => at < 12,
      ...one,
    }) as Series;

  it.each([
    ['from nothing, when its service is as new', 0],
    ['from its first sample, when only Prometheus is', 1_000_000],
  ])('counts %s', async (_what, start) => {
    await play(promtool, {
      ...short,
      sampleSeconds: 1,
      seconds: 60,
      series: { ...calm(0), [answers('accepted')]: counted({ start }) },
      // Up to 55 s.
      values: {
        60: {
          'sum(sum_over_time(slo:valid_events:step{slo="acceptance-availability",chaos="counted"}[1m]))': 4_300,
        },
      },
    });
  });
});

describe('the burn of a budget', () => {
  it('pages within three minutes of an outage, and until its short window is clean again', async () => {
    const outage = between(30 * minute, 36 * minute);
    await play(promtool, {
      ...real,
      seconds: 70 * minute,
      series: refusing(100, share(0.5, outage)),
      firing: {
        [30 * minute]: [],
        [33 * minute]: [page, ticket],
        [60 * minute]: [page, ticket],
        [70 * minute]: [ticket],
      },
    });
  });

  it('opens a ticket, and pages nobody, when it is slow', async () => {
    await play(promtool, {
      ...short,
      seconds: 20 * minute,
      series: refusing(
        100,
        share(0.004, (at) => at > 10 * minute),
      ),
      firing: { [10 * minute]: [], [12 * minute]: [], [16 * minute]: [ticket], [20 * minute]: [ticket] },
    });
  });

  it('pages no one for two failures at night', async () => {
    const failures = share(1, between(300, 310));
    await play(promtool, {
      ...short,
      seconds: 400,
      series: refusing(0.2, failures),
      values: { 400: { [everFired]: 0 } },
    });
    await play(promtool, {
      ...short,
      seconds: 400,
      series: refusing(20, failures),
      firing: { 320: [page, ticket] },
    });
  });

  it.each([
    ['short', { ...short, from: 300, to: 305, firesAt: 315 }],
    ['real', { ...real, from: 300, to: 315, firesAt: 375 }],
  ])('pages no one for one batch that fails, but for two, in %s windows', async (_what, timing) => {
    const { from, to, firesAt, ...rules } = timing;
    const seconds = to + 5 * minute;
    const refused = (orders: number): SeriesSet => {
      const rate = orders / (to - from);
      const failures: Series = {
        kind: 'counter',
        rate: (at) => (between(from, to)(at) ? rate : 0),
        // It has counted for long: `rate()` makes less of one that begins at 0.
        start: 1_000_000,
      };
      return { ...calm(rate), [answers('refused')]: failures };
    };
    await play(promtool, {
      ...rules,
      seconds,
      series: refused(100),
      values: { [seconds]: { [everFired]: 0 } },
    });
    await play(promtool, { ...rules, seconds, series: refused(200), firing: { [firesAt]: [page, ticket] } });
  });

  it('is not seen in a counter that starts anew, and is not hidden by one', async () => {
    const restarted = (series: SeriesSet): SeriesSet =>
      Object.fromEntries(
        Object.entries(series).map(([name, one]) => [
          name,
          one.kind === 'counter' && name.includes('job="order"') ? { ...one, restartAt: 300 } : one,
        ]),
      );
    await play(promtool, {
      ...short,
      seconds: 400,
      series: restarted(calm(100)),
      values: { 400: { [everFired]: 0 } },
    });
    const outage = share(0.5, (at) => at > 280);
    await play(promtool, {
      ...short,
      seconds: 320,
      series: restarted(refusing(100, outage)),
      firing: { 280: [], 320: [page, ticket] },
    });
  });
});

describe('a gap in the data', () => {
  const silentOrders = (isMissing: (at: number) => boolean): SeriesSet =>
    Object.fromEntries(
      Object.entries(calm(100)).map(([name, one]): [string, Series] => [
        name,
        !name.includes('job="order"')
          ? one
          : one.kind === 'counter'
            ? { ...one, isMissing }
            : gaugeAt((at) => (isMissing(at) ? undefined : one.at(at))),
      ]),
    );

  it('is no alert while it is short, neither in it nor after it', async () => {
    await play(promtool, {
      ...real,
      seconds: 30 * minute,
      series: silentOrders(between(15 * minute, 16 * minute)),
      values: { [30 * minute]: { [everFired]: 0 } },
    });
  });

  it('is an alert when it lasts, and no burn', async () => {
    await play(promtool, {
      ...real,
      seconds: 40 * minute,
      series: silentOrders(between(15 * minute, 30 * minute)),
      firing: {
        [15 * minute]: [],
        [18 * minute]: ['ServiceSilent page'],
        [23 * minute]: ['ServiceSilent page', 'SloDataMissing page'],
        [32 * minute]: [],
      },
    });
  });
});

describe('a chaos window', () => {
  const outage = share(0.5, between(120, 165));
  const budgetLeft = (chaos: string) =>
    `sum(slo:error_budget_left:ratio{slo="acceptance-availability",chaos="${chaos}"}) > bool 0.99`;

  it('that was announced costs no alert; both budgets are known', async () => {
    await play(promtool, {
      ...short,
      seconds: 400,
      series: {
        ...refusing(100, outage),
        [chaosWindow]: gaugeAt((at) => (at < 60 || at > 300 ? undefined : outage(at) > 0 ? 1 : 0)),
      },
      values: { 400: { [everFired]: 0, [budgetLeft('excluded')]: 1, [budgetLeft('counted')]: 0 } },
    });
  });

  it('that is as short as a step leaves nothing behind', async () => {
    const kill = share(0.5, between(30 * minute, 30 * minute + 15));
    await play(promtool, {
      ...real,
      seconds: 40 * minute,
      series: { ...refusing(100, kill), [chaosWindow]: gaugeAt((at) => (kill(at) > 0 ? 1 : 0)) },
      values: {
        [40 * minute]: { [everFired]: 0, [budgetLeft('excluded')]: 1, [budgetLeft('counted')]: 0 },
      },
    });
  });

  it('that nobody announced counts', async () => {
    await play(promtool, {
      ...short,
      seconds: 200,
      series: {
        ...refusing(100, outage),
        [chaosWindow]: gaugeAt((at) => (at <= 115 ? undefined : 1)),
      },
      firing: { 150: [page, ticket] },
      values: { 200: { [budgetLeft('excluded')]: 0 } },
    });
  });

  it('that lasts counts from the moment its cap is reached', async () => {
    await play(promtool, {
      ...short,
      seconds: 300,
      series: {
        ...refusing(
          100,
          share(0.5, (at) => at > 120),
        ),
        [chaosWindow]: gaugeAt((at) => (at > 115 ? 1 : 0)),
      },
      firing: { 180: [], 240: [page, ticket] },
    });
  });

  it('counts when windows before it have used up what may be excluded', async () => {
    // A minute each time, five times; four may be excluded.
    const isOpen = (at: number) => at > 100 && (at - 100) % 100 <= 60;
    await play(promtool, {
      ...short,
      seconds: 700,
      series: {
        ...refusing(
          100,
          share(0.5, (at) => between(520, 560)(at) || between(120, 140)(at)),
        ),
        [chaosWindow]: gaugeAt((at) => (isOpen(at) ? 1 : 0)),
      },
      firing: { 140: [], 480: [], 560: [page, ticket] },
    });
  });
});

it('is told when an expectation is not met', async () => {
  const wrong = { ...short, seconds: 60, series: calm(100), firing: { 60: [page] } };
  await expect(play(promtool, wrong)).rejects.toThrow(/FAILED/);
  const unmeasured = { [answers('accepted')]: counter(1) };
  await expect(
    play(promtool, { ...short, seconds: 300, series: unmeasured, firing: { 300: [] } }),
  ).rejects.toThrow(/SloDataMissing/);
});
