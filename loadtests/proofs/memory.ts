import type { ReportSeries } from '../../verdict/index.ts';
import type { ProofCheck } from './checks.ts';

/** One quantity over time; times are milliseconds since the Unix epoch. */
export type Points = ReportSeries['points'];

/** Resident memory of each process, bytes, by instance. */
export type MemorySeries = ReadonlyMap<string, Points>;

/** A time in a run, milliseconds since the Unix epoch, both ends included. */
export type Span = { readonly fromMs: number; readonly toMs: number };

export const within = (points: Points, { fromMs, toMs }: Span): Points =>
  points.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);

export type Line = {
  readonly perMinute: number;
  /** Where the line is at the first point. */
  readonly start: number;
};

/**
 * The straight line through points by least squares: one collection of garbage more or less, at either end, says nothing of growth.
 *
 * @returns undefined for fewer than two moments
 */
export function fitLine(points: Points): Line | undefined {
  const [first] = points;
  if (first === undefined) return undefined;
  const minutes = points.map(({ atMs }) => (atMs - first.atMs) / 60_000);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(minutes);
  const meanY = mean(points.map(({ value }) => value));
  const spread = minutes.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  if (spread === 0) return undefined;
  const slope = points.reduce(
    (sum, { value }, at) => sum + ((minutes[at] ?? 0) - meanX) * (value - meanY),
    0,
  );
  const perMinute = slope / spread;
  return { perMinute, start: meanY - perMinute * meanX };
}

/** With fewer looks a single one decides. */
const samplesMin = 20;

/**
 * Whether no process grows faster than a share of its memory a minute, by the line through what was seen of it in a span. One
 * that was not seen often enough is unknown. Pure.
 */
export function judgeGrowth(memory: MemorySeries, span: Span, perMinuteMax: number): ProofCheck {
  const name = `memory of every process grows < ${percent(perMinuteMax)}/min`;
  // Processes grow until they are warm.
  const row = { name, restsOnSpeed: true, needsFullSize: true };
  const rates = [...memory].map(([process, points]): [string, number | undefined] => {
    const seen = within(points, span);
    const line = seen.length < samplesMin ? undefined : fitLine(seen);
    return [process, line && line.perMinute / line.start];
  });
  const unseen = rates.filter(([, rate]) => rate === undefined).map(([process]) => process);
  if (rates.length === 0 || unseen.length > 0) {
    const detail = `hardly seen: ${unseen.join(', ') || 'every process'}`;
    return { ...row, found: '', check: { status: 'unknown', detail } };
  }
  const sorted = rates.map(([process, rate = 0]) => ({ process, rate })).sort((a, b) => b.rate - a.rate);
  const tell = (some: typeof sorted) =>
    some.map(({ process, rate }) => `${process} ${percent(rate)}/min`).join(', ');
  const growing = sorted.filter(({ rate }) => rate >= perMinuteMax);
  return {
    ...row,
    found: tell(sorted.slice(0, 1)),
    check: growing.length === 0 ? { status: 'met' } : { status: 'not-met', detail: tell(growing) },
  };
}

/**
 * Whether no process ever took more memory than it is given where it is limited: there it would be ended. Pure.
 *
 * @param limits bytes by instance
 */
export function judgePeak(memory: MemorySeries, limits: ReadonlyMap<string, number>): ProofCheck {
  const peaks = [...limits].map(([process, limit]) => {
    return { process, limit, peak: Math.max(...(memory.get(process) ?? []).map(({ value }) => value)) };
  });
  const row = { name: 'no service takes more memory than its limit', restsOnSpeed: false };
  const unseen = peaks.filter(({ peak }) => !Number.isFinite(peak)).map(({ process }) => process);
  if (peaks.length === 0 || unseen.length > 0) {
    const detail = `never seen: ${unseen.join(', ') || 'any service'}`;
    return { ...row, found: '', check: { status: 'unknown', detail } };
  }
  const tell = (some: typeof peaks) =>
    some.map(({ process, peak, limit }) => `${process} ${mib(peak)} of ${mib(limit)} MiB`).join(', ');
  const beyond = peaks.filter(({ peak, limit }) => peak > limit);
  return {
    ...row,
    found: tell(peaks),
    check: beyond.length === 0 ? { status: 'met' } : { status: 'not-met', detail: tell(beyond) },
  };
}

const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

/** `0.42 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 1e4) / 1e2} %`;
}
