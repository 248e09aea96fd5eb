import { expect, it } from 'vitest';
import { stormReport } from '../fixtures/storm.ts';
import type { ReportSeries } from '../model.ts';
import { plotsOf } from './plots.ts';

const report = stormReport({ verdict: 'PASS', reasons: [] });

function lineOf(points: ReportSeries['points'], name: ReportSeries['name']) {
  const series = [{ name, unit: '', subject: 'one', points }];
  const { plots } = plotsOf({ ...report, startedAtMs: 0, load: undefined, series });
  return plots[0]?.lines[0];
}

const each = (...seconds: readonly (readonly [second: number, value: number])[]) =>
  seconds.map(([second, value]) => ({ atMs: second * 1_000, value }));

it('draws rate and latency of the load by seconds after the run began', () => {
  const [rate, latency] = plotsOf(report).plots;
  expect(rate?.lines.map(({ label }) => label)).toEqual(['should be sent', 'accepted', 'other answers']);
  // The load begins five seconds after the run; a slice is drawn in its middle.
  expect(rate?.lines[1]?.xs.slice(0, 2)).toEqual([5.5, 6.5]);
  expect(rate?.lines[1]?.ys[15]).toBe(990);
  expect(latency?.lines.map(({ label }) => label)).toEqual(['p99', 'p90', 'p50']);
  expect(latency?.lines[0]?.ys[30]).toBeNull();
});

it('has a plot for each quantity, with a line for each subject', () => {
  const { plots } = plotsOf(report);
  expect(plots.slice(2).map(({ lines }) => lines.map(({ label }) => label))).toEqual([
    ['payment-0', 'payment-1'],
    ['payment-processor'],
    ['payment-processor'],
    ['order-0', 'payment-0'],
  ]);
});

it('breaks a line where nobody answered', () => {
  expect(lineOf(each([0, 1], [1, 1], [6, 2]), 'backlog')).toMatchObject({
    xs: [0, 1, 3.5, 6],
    ys: [1, 1, null, 2],
  });
});

it('draws a counter as its growth, and knows nothing of the second in which it began anew', () => {
  expect(lineOf(each([0, 10], [2, 30], [3, 5], [4, 8]), 'charge attempts')).toMatchObject({
    xs: [2, 3, 4],
    ys: [10, null, 3],
  });
});

it('shades until the end of the run what was never healed, and annotates recoveries', () => {
  const { windows, recoveries, seconds } = plotsOf(report);
  expect(seconds).toBe(95);
  expect(windows).toEqual([
    { label: 'kill nats-1', from: 20, to: 30 },
    { label: 'stall payment-psp', from: 40, to: 95 },
  ]);
  expect(recoveries).toEqual([{ label: 'recovered after 4.20 s', from: 30, to: 34.2 }]);
});

it('follows what was not seen to recover until the next step', () => {
  const [kill, stall] = report.recoveries ?? [];
  if (kill === undefined || stall === undefined) throw new Error('the fixture has two steps');
  const recoveries = [{ ...kill, recoveredAfterMs: undefined }, stall];
  expect(plotsOf({ ...report, recoveries }).recoveries).toEqual([
    { label: 'not seen to recover', from: 30, to: 40 },
  ]);
});

it('leaves out what only shows that nothing happened', () => {
  expect(lineOf(each([0, 1], [1, 1]), 'up')).toBeUndefined();
  expect(lineOf(each([0, 1], [1, 0]), 'up')).toBeDefined();
  expect(lineOf(each([0, 7], [1, 7]), 'redeliveries')).toBeUndefined();
  expect(lineOf(each([0, 0], [1, 0]), 'breaker')).toBeDefined();
});

it('draws a run whose every order failed', () => {
  if (report.load === undefined) throw new Error('the fixture has a load');
  const none = { fromUs: 0, orders: 5, accepted: 0, failedAnswers: 5, final: undefined };
  const latency = { ...report.load.latency, timeline: { sliceUs: 1_000_000, slices: [none] } };
  const { plots } = plotsOf({ ...report, load: { ...report.load, latency } });
  expect(plots[0]?.lines.map(({ ys }) => ys)).toEqual([[5], [0], [5]]);
});
