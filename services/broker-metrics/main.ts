/**
 * broker-metrics tells the Collector how the brokers are: what streams hold, who leads them, how far consumers are
 * behind. It asks the brokers' monitoring endpoints in rounds (poller.ts), takes each stream and consumer as its leader
 * sees it (readings.ts), and reports the newest round with every export (gauges.ts).
 */
import { parseConfig, runService, startTelemetry } from '../runtime/index.ts';
import { brokerMetricsFields } from './config.ts';
import { startBrokerMetrics } from './service.ts';

await runService('broker-metrics', async ({ environment, instance, log }) => {
  const config = parseConfig(environment, brokerMetricsFields);
  return startBrokerMetrics({
    admin: config.adminListen,
    monitors: config.monitors,
    intervalMs: config.intervalMs,
    timeoutMs: config.timeoutMs,
    log,
    telemetry: startTelemetry({ service: 'broker-metrics', instance, endpoint: config.otlpEndpoint }),
  });
});
