import { describe, expect, it } from 'vitest';
import type { ReportSeries } from '../../verdict/index.ts';
import { startedAtMs } from './fixtures/runs.ts';
import { judgeDisk, judgeLag, judgeRebuild } from './soak.ts';

describe('disks', () => {
  const perOrder = { streams: 1_000, brokersOther: 400, databases: 200 };
  const statuses = (streams: number, files: number) =>
    judgeDisk(perOrder, { streams, files }, 1_000).map(({ check }) => check.status);

  it('fill as predicted, or less where logs are compacted', () => {
    expect(statuses(1_000_000, 1_600_000)).toEqual(['met', 'met']);
    expect(statuses(1_050_000, 900_000)).toEqual(['met', 'met']);
  });

  it('are found to fill faster than predicted', () => {
    expect(statuses(1_150_000, 1_600_000)).toEqual(['not-met', 'met']);
    expect(statuses(800_000, 1_600_000)).toEqual(['not-met', 'met']);
    expect(statuses(1_000_000, 2_100_000)).toEqual(['met', 'not-met']);
  });

  it('are not judged by a calibration that saw nothing', () => {
    const nothing = { streams: 0, brokersOther: 0, databases: 0 };
    const checks = judgeDisk(nothing, { streams: 1, files: 1 }, 1_000);
    expect(checks.map(({ check }) => check.status)).toEqual(['unknown', 'unknown']);
  });
});

describe('lag', () => {
  const span = { fromMs: startedAtMs, toMs: startedAtMs + 120_000 };
  const seriesOf = (name: ReportSeries['name'], perSecond: number, seconds = 120): ReportSeries => {
    const valueAt = (at: number) => (at % 5) + at * perSecond;
    const points = Array.from({ length: seconds }, (_, at) => {
      return { atMs: startedAtMs + at * 1_000, value: valueAt(at) };
    });
    return { name, unit: '', subject: 'x', points };
  };
  const judge = (...series: ReportSeries[]) => judgeLag(series, span).check;

  it('comes and goes', () => {
    expect(judge(seriesOf('backlog', 0), seriesOf('projection lag', 0.1))).toEqual({ status: 'met' });
  });

  it('is found to grow', () => {
    const detail = expect.stringMatching(/^projection lag of x \+\d+/);
    expect(judge(seriesOf('backlog', 0), seriesOf('projection lag', 1))).toEqual({
      status: 'not-met',
      detail,
    });
  });

  it('is not known where it was not seen', () => {
    expect(judge(seriesOf('backlog', 0)).status).toBe('unknown');
    expect(judge(seriesOf('backlog', 0), seriesOf('projection lag', 0, 5)).status).toBe('unknown');
  });
});

describe('a rebuild', () => {
  const statuses = (orders: number, seconds: number | undefined) =>
    judgeRebuild({ orders, seconds }).map(({ check }) => check.status);

  it('is fast enough, too slow, or never over', () => {
    expect(statuses(3_600_000, 36)).toEqual(['met', 'met']);
    expect(statuses(3_600_000, 37)).toEqual(['met', 'not-met']);
    expect(statuses(3_600_000, undefined)).toEqual(['not-met', 'unknown']);
  });
});
