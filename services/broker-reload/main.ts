/**
 * broker-reload runs beside a broker in a cluster and tells it to read its configuration again when the file has
 * changed (reload.ts). What a broker cannot change while it runs it refuses, says so in its log, and goes on with what
 * it had.
 */
import { field, parseConfig, runService } from '../runtime/index.ts';
import { reloadOnChange } from './reload.ts';

await runService('broker-reload', async ({ environment, log }) => {
  const config = parseConfig(environment, {
    configFile: field.text('STORMPROOF_BROKER_CONFIG_FILE', { expected: "the broker's configuration file" }),
    pidFile: field.text('STORMPROOF_BROKER_PID_FILE', { expected: "the file with the broker's process id" }),
    intervalMs: field.integer('STORMPROOF_POLL_INTERVAL_MS', {
      min: 50,
      max: 60_000,
      unit: 'ms',
      fallback: 2_000,
    }),
  });
  const stopped = new AbortController();
  const reloading = reloadOnChange({ ...config, log, signal: stopped.signal });
  return {
    async stop() {
      stopped.abort();
      await reloading;
    },
  };
});
