import { expect, it } from 'vitest';
import { loadMetrics } from './load.ts';
import { metrics } from './metrics.ts';
import { prometheusLabel, prometheusName } from './prometheus.ts';

it.each([
  [metrics.ordersAccepted, 'stormproof_orders_accepted_total'],
  [metrics.httpServerDuration, 'http_server_request_duration_seconds'],
  [metrics.processCpuTime, 'process_cpu_time_seconds_total'],
  [metrics.streamSize, 'nats_stream_size_bytes'],
  [metrics.streamFill, 'stormproof_stream_fill_ratio'],
  [metrics.deadLetters, 'stormproof_payment_dead_letters_total'],
  [metrics.brokerUp, 'nats_broker_up'],
  [loadMetrics.accepted, 'k6_orders_accepted_total'],
  [loadMetrics.iterationDuration, 'k6_iteration_duration_milliseconds'],
])('spells $name as Prometheus does', (spec, name) => {
  expect(prometheusName(spec)).toBe(name);
});

it('spells attributes as labels', () => {
  expect(prometheusLabel('http.response.status_code')).toBe('http_response_status_code');
});
