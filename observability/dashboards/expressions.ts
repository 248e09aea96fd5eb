import type { MetricSpec } from '../names/metrics.ts';
import type { Selection } from '../slo/model.ts';
import { select } from '../slo/promql.ts';
import type { Query } from './board.ts';

/** Which series of a metric are asked for, and how the answer is split. */
type Scope = {
  /** Labels that stay apart, as Prometheus spells them; default none: one series. */
  readonly by?: readonly string[];
  readonly where?: Selection;
  readonly job?: string;
};

/** Events per second that a counter counts, or measurements per second of a histogram. */
export function perSecond(spec: MetricSpec, scope: Scope = {}): string {
  return rateOf(spec, scope, spec.kind === 'histogram' ? 'count' : undefined);
}

/** The value that a share of a histogram's measurements stay below: 0.99 for the 99th percentile. */
export function quantile(share: number, spec: MetricSpec, scope: Scope = {}): string {
  return `histogram_quantile(${share}, ${rateOf(spec, { ...scope, by: ['le', ...(scope.by ?? [])] }, 'bucket')})`;
}

/** A line for each of some percentiles of a histogram. */
export function percentiles(
  spec: MetricSpec,
  scope: Scope = {},
  shares = [0.5, 0.9, 0.99],
): readonly Query[] {
  return shares.map((share) => ({
    expr: quantile(share, spec, scope),
    legend: `p${Number((share * 100).toFixed(1))}`,
  }));
}

/** The mean of a histogram's measurements. */
export function mean(spec: MetricSpec, scope: Scope = {}): string {
  return `${rateOf(spec, scope, 'sum')} / ${rateOf(spec, scope, 'count')}`;
}

/** A gauge, added up over everybody who reports it. */
export function sum(spec: MetricSpec, scope: Scope = {}): string {
  return `sum${by(scope)} (${selected(spec, scope)})`;
}

/** The most that anybody reports of a gauge. */
export function most(spec: MetricSpec, scope: Scope = {}): string {
  return `max${by(scope)} (${selected(spec, scope)})`;
}

type Part = 'bucket' | 'count' | 'sum' | undefined;

function rateOf(spec: MetricSpec, scope: Scope, part: Part): string {
  return `sum${by(scope)} (rate(${selected(spec, scope, part)}[$__rate_interval]))`;
}

function selected(spec: MetricSpec, { where = {}, job }: Scope, part?: Part): string {
  return select(spec, where, {
    ...(part === undefined ? {} : { part }),
    ...(job === undefined ? {} : { job }),
  });
}

function by({ by: labels = [] }: Scope): string {
  return labels.length === 0 ? '' : ` by (${labels.join(', ')})`;
}
