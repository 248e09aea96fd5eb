import {
  createAdminServer,
  createHttpServer,
  createReadiness,
  type ListenAddress,
  type Log,
  listen,
  type Stoppable,
  type Telemetry,
} from '../runtime/index.ts';
import { createAlertBook } from './alert-book.ts';
import { addWebhookRoutes } from './webhook-api.ts';

/** A notification has one alert, with labels and annotations of some KiB. */
const bodyBytesMax = 256 * 1024;

/** Starts to listen to Alertmanager. */
export async function startAlertRecorder(options: {
  readonly http: ListenAddress;
  readonly admin: ListenAddress;
  readonly alertsMax: number;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}): Promise<Stoppable> {
  const { log, telemetry, nowMs } = options;
  const readiness = createReadiness(['http']);
  const server = createHttpServer({ log, limits: { bodyBytesMax } });
  addWebhookRoutes(server, { book: createAlertBook(nowMs(), options.alertsMax), nowMs });
  const admin = createAdminServer({ log, readiness, telemetry });
  await listen(admin, options.admin);
  await listen(server, options.http);
  readiness.have('http');

  return {
    async stop() {
      readiness.drain();
      await server.close();
      await admin.close();
      await telemetry.shutdown();
    },
  };
}
