import {
  createAdminServer,
  createReadiness,
  type ListenAddress,
  type Log,
  listen,
  type Stoppable,
  type Telemetry,
} from '../runtime/index.ts';
import { observeBrokers } from './gauges.ts';
import { pollBrokers, type Snapshot } from './poller.ts';

/** Starts to ask the brokers. Ready while at least one of them answers. */
export async function startBrokerMetrics(options: {
  readonly admin: ListenAddress;
  readonly monitors: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly log: Log;
  readonly telemetry: Telemetry;
}): Promise<Stoppable> {
  const { log, telemetry, monitors, intervalMs, timeoutMs } = options;
  const readiness = createReadiness(['brokers']);
  const admin = createAdminServer({ log, readiness, telemetry });
  await listen(admin, options.admin);

  let newest: Snapshot | undefined;
  observeBrokers(telemetry.meter, () => newest);
  const stopped = new AbortController();
  const polling = pollBrokers({
    monitors,
    intervalMs,
    timeoutMs,
    signal: stopped.signal,
    onSnapshot(snapshot) {
      for (const [broker, isUp] of snapshot.brokers) {
        const wasUp = newest?.brokers.get(broker);
        if (wasUp !== undefined && wasUp !== isUp) log.warn({ broker, isUp }, 'a broker changed');
      }
      newest = snapshot;
      if (snapshot.readings.length > 0) readiness.have('brokers');
      else readiness.lack('brokers', 'none of them answers');
    },
  });

  return {
    async stop() {
      readiness.drain();
      stopped.abort();
      await polling;
      await admin.close();
      await telemetry.shutdown();
    },
  };
}
