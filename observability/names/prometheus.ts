import type { MetricSpec } from './metrics.ts';

const units: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes' };

/**
 * The name under which Prometheus shows a metric that reaches it by OTLP with the strategy
 * `UnderscoreEscapingWithSuffixes`: words joined by underscores, the unit, `_total` for counters, `_ratio` for gauges of
 * unit 1. A histogram's series have `_bucket`, `_count` and `_sum` added to it.
 *
 * Units in braces are not part of a name (OpenTelemetry's "Prometheus and OpenMetrics compatibility").
 */
export function prometheusName({ name, unit, kind }: Pick<MetricSpec, 'name' | 'unit' | 'kind'>): string {
  const words = name.split(/[^a-zA-Z0-9]+/);
  const unitWord = units[unit];
  if (unitWord !== undefined && !words.includes(unitWord)) words.push(unitWord);
  if (kind === 'counter') words.push('total');
  if (kind === 'gauge' && unit === '1') words.push('ratio');
  return words.join('_');
}

/** The label under which Prometheus shows an attribute: `http.route` is `http_route`. */
export function prometheusLabel(attribute: string): string {
  return attribute.replaceAll(/[^a-zA-Z0-9]+/g, '_');
}
