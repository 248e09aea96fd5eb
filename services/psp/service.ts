import {
  createAdminServer,
  createDatabaseWait,
  createHttpServer,
  createReadiness,
  type ListenAddress,
  type Log,
  listen,
  type Stoppable,
  type Telemetry,
} from '../runtime/index.ts';
import { addAdminRoutes } from './admin-api.ts';
import { addChargeRoutes } from './charges-api.ts';
import { createTally } from './counters.ts';
import { openLedger } from './ledger.ts';
import { createBehaviour } from './profile.ts';

/** A batch of 256 charges has about 80 KiB. */
const bodyBytesMax = 512 * 1024;

/**
 * Starts the provider: opens its ledger, then listens.
 *
 * @throws LedgerError `cannot-open` when the ledger is not usable or another process holds it
 */
export async function startPsp(options: {
  readonly http: ListenAddress;
  readonly admin: ListenAddress;
  readonly dataDir: string;
  readonly ledgerPagesMax: number;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds since any origin, by a clock that never jumps. */
  readonly monotonicMs: () => number;
}): Promise<Stoppable> {
  const { log, telemetry, now } = options;
  const readiness = createReadiness(['ledger', 'http']);
  const behaviour = createBehaviour();
  const ledger = openLedger({
    directory: options.dataDir,
    judge: behaviour.judge,
    forgets: behaviour.forgets,
    pagesMax: options.ledgerPagesMax,
    nowMs: options.monotonicMs,
  });
  readiness.have('ledger');
  const tally = createTally(telemetry);
  const databaseWait = createDatabaseWait(telemetry.meter, 'ledger');

  const server = createHttpServer({ log, limits: { bodyBytesMax } });
  addChargeRoutes(server, { ledger, behaviour, tally, databaseWait, telemetry, now });
  const admin = createAdminServer({ log, readiness, telemetry });
  addAdminRoutes(admin, { ledger, behaviour, counters: tally.counters, databaseWait });
  await listen(admin, options.admin);
  await listen(server, options.http);
  readiness.have('http');

  return {
    async stop() {
      readiness.drain();
      await server.close();
      ledger.close();
      await admin.close();
      await telemetry.shutdown();
    },
  };
}
