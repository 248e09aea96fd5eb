/**
 * What the platform says about itself: the registry of spans, metrics and attributes that services emit and that
 * rules, dashboards and tests refer to (`names/`), and the configurations of the programs that carry and keep it.
 */
export { type MetricSpec, metrics } from './names/metrics.ts';
export { prometheusName } from './names/prometheus.ts';
export { type SpanSpec, spans } from './names/spans.ts';
