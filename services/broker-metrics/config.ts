import { field } from '../runtime/index.ts';

export const brokerMetricsFields = {
  adminListen: field.listen('STORMPROOF_ADMIN_LISTEN'),
  monitors: field.urls('STORMPROOF_NATS_MONITOR_URL', 'http'),
  otlpEndpoint: field.optionalHttpUrl('OTEL_EXPORTER_OTLP_ENDPOINT'),
  intervalMs: field.integer('STORMPROOF_POLL_INTERVAL_MS', {
    min: 100,
    max: 60_000,
    unit: 'ms',
    fallback: 2_000,
  }),
  timeoutMs: field.integer('STORMPROOF_POLL_TIMEOUT_MS', {
    min: 50,
    max: 10_000,
    unit: 'ms',
    fallback: 1_000,
  }),
};
