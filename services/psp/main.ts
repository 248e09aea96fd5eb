/**
 * psp, the simulated payment provider: a real HTTP server with idempotency keys and a durable ledger of charges.
 *
 * Merchants charge through the `http` listener (charges-api.ts). A charge is decided by the profile in force
 * (profile.ts), recorded and fsynced together with its neighbours of the same event-loop turn (ledger.ts), and only
 * then answered. Operators and the audit read the ledger, and change the profile, through the `admin` listener
 * (admin-api.ts).
 */
import { parseConfig, runService, startTelemetry } from '../runtime/index.ts';
import { pspFields } from './config.ts';
import { startPsp } from './service.ts';

await runService('psp', async ({ environment, instance, log }) => {
  const config = parseConfig(environment, pspFields);
  const telemetry = startTelemetry({ service: 'psp', instance, endpoint: config.otlpEndpoint });
  return startPsp({
    http: config.httpListen,
    admin: config.adminListen,
    dataDir: config.dataDir,
    ledgerPagesMax: config.ledgerPagesMax,
    log,
    telemetry,
    now: Date.now,
    monotonicMs: () => performance.now(),
  });
});
