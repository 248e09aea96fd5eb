import type { ReportSeries, SeriesName } from '../report/model.ts';

type Points = ReportSeries['points'];

/** The series of one name, of all subjects. */
export function seriesNamed(series: readonly ReportSeries[], name: SeriesName): readonly ReportSeries[] {
  return series.filter((one) => one.name === name);
}

/** The points from one moment to another, milliseconds since the Unix epoch, both included. */
export function pointsBetween(points: Points, fromMs: number, toMs: number): Points {
  return points.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}

/** The greatest value; undefined without points. */
export function greatest(points: Points): number | undefined {
  return points.length === 0
    ? undefined
    : points.reduce((most, { value }) => Math.max(most, value), -Infinity);
}

/** Counts in which zero means nothing: one of these that falls has not begun anew. */
const withoutZero: readonly SeriesName[] = ['redeliveries'];

/**
 * How much a counter rose, of all its subjects together; undefined when one of them was hardly seen, or there is none.
 */
export function increaseOfAll(series: readonly ReportSeries[], name: SeriesName): number | undefined {
  const hasZero = !withoutZero.includes(name);
  const increases = seriesNamed(series, name).map(({ points }) => increaseOf(points, hasZero));
  if (increases.length === 0 || increases.includes(undefined)) return undefined;
  return increases.reduce<number>((sum, one) => sum + (one ?? 0), 0);
}

/**
 * How much a counter rose. One that is smaller than before has begun anew, at zero if it has one, as in Prometheus'
 * `increase`; what it counted between the last look and its end is not known.
 *
 * @returns undefined for fewer than two points: nothing can be said then
 */
function increaseOf(points: Points, hasZero: boolean): number | undefined {
  if (points.length < 2) return undefined;
  let sum = 0;
  let last: number | undefined;
  for (const { value } of points) {
    if (last !== undefined && value >= last) sum += value - last;
    else if (last !== undefined && hasZero) sum += value;
    last = value;
  }
  return sum;
}
