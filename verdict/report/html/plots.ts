import type { Timeline } from '../../timeline.ts';
import type { ReportSeries, RunReport, SeriesName } from '../model.ts';
import { formatDuration } from '../table.ts';

/** What a page draws, as data: draw.js gives it to the chart library. Times are seconds after the run's start. */
export type Plots = {
  readonly seconds: number;
  readonly plots: readonly Plot[];
  /** Of the load; absent where it has none. */
  readonly phases?: readonly Span[];
  /** When a fault held. */
  readonly windows: readonly Span[];
  /** From healing until the platform was as before. */
  readonly recoveries: readonly Span[];
};

export type Plot = {
  readonly title: string;
  readonly format: Format;
  readonly lines: readonly Line[];
};

/** How values are written, and with them how they are drawn: durations on a logarithmic scale, states in steps. */
type Format = 'count' | 'durationUs' | 'bytes' | { readonly states: readonly string[] };

type Line = {
  readonly label: string;
  /** A colour of the page, by the name of its custom property. */
  readonly color: string;
  readonly isDashed?: boolean;
  readonly xs: readonly number[];
  /** Null where a line is to be broken: nothing was measured. */
  readonly ys: readonly (number | null)[];
};

type Span = { readonly label: string; readonly from: number; readonly to: number };

const colors = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
/** What is sampled about once a second was not measured where two points are further apart. */
const gapSeconds = 3.5;

type SeriesPlot = {
  readonly title: string;
  readonly format: Format;
  readonly isCounter?: boolean;
  /** What it mostly is: a plot that shows nothing else is left out. */
  readonly rest?: number;
};

const seriesPlots: Readonly<Record<SeriesName, SeriesPlot>> = {
  breaker: { title: 'Circuit breaker', format: { states: ['closed', 'half-open', 'open'] } },
  backlog: { title: 'Backlog: groups of orders not acknowledged', format: 'count' },
  'orders queued': { title: 'Orders that wait for their group to be acknowledged', format: 'count' },
  'projection lag': { title: 'Lag of projections, messages', format: 'count' },
  redeliveries: { title: 'Redeliveries of groups a second', format: 'count', isCounter: true, rest: 0 },
  'charge attempts': { title: 'Charges asked of the provider a second', format: 'count', isCounter: true },
  'repeated charges': {
    title: 'Repeated charges without effect a second',
    format: 'count',
    isCounter: true,
    rest: 0,
  },
  'repeated answers': {
    title: 'Repeats answered as before a second',
    format: 'count',
    isCounter: true,
    rest: 0,
  },
  memory: { title: 'Resident memory', format: 'bytes' },
  up: { title: 'Answers', format: { states: ['no answer', 'answers'] }, rest: 1 },
  alert: { title: 'Alerts', format: { states: ['silent', 'firing'] }, rest: 0 },
};

/** What there is to draw of a run; without plots where nothing was measured over time. Pure. */
export function plotsOf(report: RunReport): Plots {
  const { startedAtMs, endedAtMs, load, series = [] } = report;
  const second = (atMs: number) => round((atMs - startedAtMs) / 1_000);
  const seconds = second(endedAtMs);
  const timeline = load?.latency.timeline;
  return {
    seconds,
    plots: [
      ...(load === undefined || timeline === undefined || timeline.slices.length === 0
        ? []
        : loadPlots(timeline, second(load.manifest.startedAtMs))),
      ...seriesPlotsOf(series, second),
    ],
    ...phaseSpans(load, second),
    windows: report.faults.map(({ name, target, injectedAtMs, healedAtMs }) => ({
      label: `${name} ${target}`,
      from: second(injectedAtMs),
      to: healedAtMs === undefined ? seconds : second(healedAtMs),
    })),
    recoveries: recoverySpans(report).map(({ label, fromMs, toMs }) => ({
      ...{ label, from: second(fromMs), to: second(toMs) },
    })),
  };
}

function phaseSpans(load: RunReport['load'], second: (atMs: number) => number): Pick<Plots, 'phases'> {
  if (load?.phases === undefined) return {};
  const at = (us: number) => second(load.manifest.startedAtMs + us / 1_000);
  return {
    phases: load.phases.map(({ name, fromUs, toUs }) => ({ label: name, from: at(fromUs), to: at(toUs) })),
  };
}

/** What was not seen to recover is followed until the next step, or the end. */
function recoverySpans({ recoveries = [], endedAtMs }: RunReport) {
  return recoveries.flatMap(({ healedAtMs: fromMs, recoveredAfterMs, isOvertaken }, at) => {
    if (fromMs === undefined) return [];
    if (recoveredAfterMs === undefined) {
      const toMs = recoveries[at + 1]?.injectedAtMs ?? endedAtMs;
      return [{ label: isOvertaken === true ? 'the next step came' : 'not seen to recover', fromMs, toMs }];
    }
    const label = `recovered after ${formatDuration(recoveredAfterMs * 1_000)}`;
    return [{ label, fromMs, toMs: fromMs + recoveredAfterMs }];
  });
}

function loadPlots({ sliceUs, slices }: Timeline, startSecond: number): readonly Plot[] {
  const xs = slices.map(({ fromUs }) => round(startSecond + (fromUs + sliceUs / 2) / 1e6));
  const perSecond = (count: number) => round(count / (sliceUs / 1e6));
  const rate = (label: string, color: string, counts: readonly number[]): Line => {
    return { label, color, xs, ys: counts.map(perSecond) };
  };
  const percentile = (name: 'p50' | 'p90' | 'p99', color: string): Line => {
    return { label: name, color, xs, ys: slices.map(({ final }) => final?.[`${name}Us`] ?? null) };
  };
  return [
    {
      title: 'Orders a second',
      format: 'count',
      lines: [
        {
          ...rate(
            'should be sent',
            'soft',
            slices.map(({ orders }) => orders),
          ),
          isDashed: true,
        },
        rate(
          'accepted',
          'ok',
          slices.map(({ accepted }) => accepted),
        ),
        rate(
          'other answers',
          'fault',
          slices.map(({ failedAnswers }) => failedAnswers),
        ),
      ],
    },
    {
      title: 'Latency to the 201, by the time an order should have been sent',
      format: 'durationUs',
      lines: [percentile('p99', 'c2'), percentile('p90', 'c3'), percentile('p50', 'c1')],
    },
  ];
}

/** A plot for each quantity, a line for each subject. */
function seriesPlotsOf(series: readonly ReportSeries[], second: (atMs: number) => number): readonly Plot[] {
  return Object.entries(seriesPlots).flatMap(([name, { title, format, isCounter = false, rest }]) => {
    const lines = series
      .filter((one) => one.name === name && one.points.length > 0)
      .map(({ subject, points }, at): Line => {
        const measured = points.map(({ atMs, value }) => ({ x: second(atMs), y: value }));
        const color = colors[at % colors.length] ?? 'ink';
        return { label: subject, color, ...breakAtGaps(isCounter ? ratesOf(measured) : measured) };
      });
    const isTelling = lines.some(({ ys }) => ys.some((y) => y !== null && y !== rest));
    return isTelling ? [{ title, format, lines }] : [];
  });
}

type Point = { readonly x: number; readonly y: number | null };

/** A counter's growth a second. One that went down was started anew: of that second nothing is known. */
function ratesOf(points: readonly { readonly x: number; readonly y: number }[]): readonly Point[] {
  return points.flatMap(({ x, y }, at): Point[] => {
    const before = points[at - 1];
    if (before === undefined || x <= before.x) return [];
    return [{ x, y: y < before.y ? null : round((y - before.y) / (x - before.x)) }];
  });
}

/** Puts a null into every gap, since a chart library bridges what has merely no point. */
function breakAtGaps(points: readonly Point[]): Pick<Line, 'xs' | 'ys'> {
  const whole = points.flatMap((point, at): Point[] => {
    const next = points[at + 1];
    const isGap = next !== undefined && next.x - point.x > gapSeconds;
    return isGap ? [point, { x: round((point.x + next.x) / 2), y: null }] : [point];
  });
  return { xs: whole.map(({ x }) => x), ys: whole.map(({ y }) => y) };
}

/** To milliseconds, where these are seconds: more digits only make a page longer. */
function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
