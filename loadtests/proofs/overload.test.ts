import { describe, expect, it } from 'vitest';
import { type ReportSeries, takePulse } from '../../verdict/index.ts';
import { historyOf, loadOf, sendsAt, startedAtMs } from './fixtures/runs.ts';
import { judgeAftermath, judgeOverload, measureOverload, type OverloadFigures } from './overload.ts';

const refused = { tookMs: 5, status: 429, retryAfter: 1 };
const overload = { fromMs: 10_000, toMs: 20_000 };
const window = { fromUs: 10e6, toUs: 20e6 };

describe('measuring an overload', () => {
  it('counts what left and came in the window only', async () => {
    const figures = await measureOverload(
      historyOf([
        ...sendsAt(10, 0, 10_000, { tookMs: 1, status: 0 }),
        ...sendsAt(100, 10_000, 20_000, { tookMs: 40, status: 201 }),
        ...sendsAt(50, 10_000, 20_000, refused),
        ...sendsAt(1, 10_000, 20_000, { tookMs: 1, status: 503 }),
        ...sendsAt(1, 10_000, 20_000, { tookMs: 1, status: 504 }),
        ...sendsAt(100, 20_000, 25_000, { tookMs: 900, status: 201 }),
      ]),
      window,
    );
    expect(figures).toMatchObject({ refusals: 510, withoutRetryAfter: 10, others: { 504: 10 } });
    // Four of the last ones are answered after the end.
    expect(figures.acceptedPerSecond).toBeCloseTo(99.6, 1);
    expect(figures.acceptedP99Ms).toBeCloseTo(40, 0);
  });
});

describe('judging an overload', () => {
  const well: OverloadFigures = {
    ...{ acceptedPerSecond: 9_000, acceptedP99Ms: 60, refusals: 1_000, withoutRetryAfter: 0, others: {} },
  };
  const statuses = (changes: Partial<OverloadFigures>) =>
    judgeOverload({ ...well, ...changes }, 10_000).map(({ check }) => check.status);

  it('passes when goodput holds and refusals are polite', () => {
    expect(statuses({})).toEqual(['met', 'met', 'met', 'met']);
  });

  it.each<[string, Partial<OverloadFigures>, string[]]>([
    ['a goodput that collapses', { acceptedPerSecond: 6_900 }, ['not-met', 'met', 'met', 'met']],
    ['a capacity that was none', { acceptedPerSecond: 15_100 }, ['unknown', 'met', 'met', 'met']],
    ['accepted orders that wait', { acceptedP99Ms: 100 }, ['met', 'not-met', 'met', 'met']],
    ['no accepted orders', { acceptedP99Ms: undefined }, ['met', 'unknown', 'met', 'met']],
    ['refusals without Retry-After', { withoutRetryAfter: 1 }, ['met', 'met', 'not-met', 'met']],
    ['an overload that was none', { refusals: 0 }, ['met', 'met', 'unknown', 'met']],
    ['timeouts', { others: { none: 2, 504: 1 } }, ['met', 'met', 'met', 'not-met']],
  ])('finds %s', (_, changes, expected) => {
    expect(statuses(changes)).toEqual(expected);
  });

  it('says nothing without a capacity', () => {
    expect(judgeOverload(well, 0)[0]?.check.status).toBe('unknown');
  });
});

describe('judging what comes after it', () => {
  const load = loadOf({ name: 'calm', orders: 1, accepted: 1, p99Ms: 1 }, { durationSeconds: 40 });
  const seriesOf = (name: 'backlog' | 'breaker'): ReportSeries => {
    const points = Array.from({ length: 45 }, (_, at) => ({ atMs: startedAtMs + at * 1_000, value: 0 }));
    return { name, unit: '', subject: 'payment', points };
  };
  const series = [seriesOf('backlog'), seriesOf('breaker')];
  const aftermath = async (refusedUntilMs: number) => {
    const history = historyOf([
      ...sendsAt(100, 0, 10_000),
      ...sendsAt(100, 10_000, refusedUntilMs, refused),
      ...sendsAt(100, refusedUntilMs, 40_000),
    ]);
    return judgeAftermath({ load, series }, await takePulse(history, 50), overload);
  };

  it('passes when clients are served as before within ten seconds', async () => {
    expect((await aftermath(25_000)).map(({ check }) => check.status)).toEqual(['met']);
  });

  it('finds a platform that does not recover', async () => {
    expect((await aftermath(35_000)).map(({ check }) => check.status)).toEqual(['not-met']);
  });
});
