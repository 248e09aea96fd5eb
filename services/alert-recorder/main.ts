/**
 * alert-recorder is told by Alertmanager of every alert that fires and ends (webhook-api.ts), and remembers when it heard
 * of each (alert-book.ts), so that a chaos experiment can tell how long it took until somebody was told. It keeps the
 * newest alerts in memory only: who asks is also told since when it has been listening.
 */
import { parseConfig, runService, startTelemetry } from '../runtime/index.ts';
import { alertRecorderFields } from './config.ts';
import { startAlertRecorder } from './service.ts';

await runService('alert-recorder', async ({ environment, instance, log }) => {
  const config = parseConfig(environment, alertRecorderFields);
  return startAlertRecorder({
    http: config.httpListen,
    admin: config.adminListen,
    alertsMax: config.alertsMax,
    log,
    telemetry: startTelemetry({ service: 'alert-recorder', instance, endpoint: config.otlpEndpoint }),
    nowMs: Date.now,
  });
});
