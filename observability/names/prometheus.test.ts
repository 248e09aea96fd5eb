import { expect, it } from 'vitest';
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
])('spells $name as Prometheus does', (spec, name) => {
  expect(prometheusName(spec)).toBe(name);
});

it('spells attributes as labels', () => {
  expect(prometheusLabel('http.response.status_code')).toBe('http_response_status_code');
});
