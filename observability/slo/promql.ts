import { type MetricSpec, metrics } from '../names/metrics.ts';
import { prometheusLabel, prometheusName } from '../names/prometheus.ts';
import type { Selection } from './model.ts';

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Whole seconds, at least one, as Prometheus writes a duration: `1h30m`. */
export function duration(seconds: number): string {
  let left = seconds;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    if (count > 0) text += `${count}${unit}`;
    left -= count * size;
  }
  return text;
}

/**
 * The series of a metric that one job sends, as Prometheus selects them.
 *
 * @param options.part of a histogram: `bucket`, `count` or `sum`
 */
export function select(
  spec: MetricSpec,
  selection: Selection = {},
  options: { readonly part?: 'bucket' | 'count' | 'sum'; readonly job?: string; readonly le?: number } = {},
): string {
  const { part, job, le } = options;
  const name = part === undefined ? prometheusName(spec) : `${prometheusName(spec)}_${part}`;
  const matchers = [
    ...(job === undefined ? [] : [matcher('job', job)]),
    ...Object.entries(selection).map(([attribute, values]) => matcher(prometheusLabel(attribute), values)),
    // Metrics that arrive by OTLP have the shortest text of a bound here; scraped ones would have `1.0`.
    ...(le === undefined ? [] : [matcher('le', String(le))]),
  ];
  return matchers.length === 0 ? name : `${name}{${matchers.join(',')}}`;
}

/**
 * How long ago a sample may have arrived to tell how things are. Services send every 2 s and mark no series as ended, so
 * a plain selector would show what is gone for five minutes.
 */
const freshSeconds = 30;

/** The newest value of each series, of those that are still sent. */
export function fresh(series: string): string {
  return `last_over_time(${series}[${duration(freshSeconds)}])`;
}

/** The job sends its metrics: 1, else nothing. */
export function isSending(job: string, withinSeconds: number): string {
  return `group(last_over_time(${select(metrics.processCpuTime, {}, { job })}[${duration(withinSeconds)}]))`;
}

function matcher(label: string, values: string | readonly string[]): string {
  return typeof values === 'string'
    ? `${label}=${JSON.stringify(values)}`
    : `${label}=~${JSON.stringify(values.map(escapeRegExp).join('|'))}`;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
