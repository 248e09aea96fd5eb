/**
 * Metrics that the telemetry backends tell of themselves, as they name them: the Collector (version 0.159), Jaeger, Prometheus
 * and Alertmanager. Prometheus scrapes them; losses are not there before the first.
 */
export const backendMetrics = {
  /** 1 for a target that answered its scrape, 0 for one that did not; by job. */
  up: 'up',
  queueSize: 'otelcol_exporter_queue_size',
  queueCapacity: 'otelcol_exporter_queue_capacity',
  acceptedSpans: 'otelcol_receiver_accepted_spans',
  acceptedPoints: 'otelcol_receiver_accepted_metric_points',
  tracesWaiting: 'otelcol_processor_tail_sampling_sampling_traces_on_memory',
  tracesDecided: 'otelcol_processor_tail_sampling_global_count_traces_sampled',
  tracesGivenUp: 'otelcol_processor_tail_sampling_sampling_trace_dropped_too_early',
  collectorMemory: 'otelcol_process_memory_rss',
  jaegerMemory: 'otelcol_process_memory_rss_bytes',
  processMemory: 'process_resident_memory_bytes',
  series: 'prometheus_tsdb_head_series',
  samples: 'prometheus_tsdb_head_samples_appended_total',
  ruleDuration: 'prometheus_rule_group_last_duration_seconds',
  ruleInterval: 'prometheus_rule_group_interval_seconds',
  ruleFailures: 'prometheus_rule_evaluation_failures_total',
  rulesMissed: 'prometheus_rule_group_iterations_missed_total',
  notificationsDropped: 'prometheus_notifications_dropped_total',
  notificationsFailed: 'alertmanager_notifications_failed_total',
} as const;

/** The Collector's counters of what it could not deliver, did not queue or did not take. */
export const collectorLosses = [
  'exporter_send_failed',
  'exporter_enqueue_failed',
  'receiver_refused',
].flatMap((what) => ['spans', 'metric_points'].map((signal) => `otelcol_${what}_${signal}`));
