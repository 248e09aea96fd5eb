import { ConfigError, parseConfig } from './config.ts';
import { createLog, type Log, logLevelField } from './log.ts';

/** What a started service gives back. */
export type Stoppable = {
  /**
   * Ends in order: not ready, stop accepting, finish in flight, flush groups, acknowledge, drain, flush telemetry.
   * Called once.
   */
  stop(): Promise<void>;
};

export type ServiceContext = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly instance: string;
  readonly log: Log;
};

/** A shutdown that takes longer than the platform's promise of 15 s is cut off just before. */
const shutdownMsMax = 14_500;

/**
 * Runs a service as this process: starts it, stops it on SIGTERM or SIGINT and exits 0. A configuration that is not
 * valid exits 2 with every problem in the log; a failed start, an unexpected error or a shutdown past its time exits 1.
 *
 * Called by the `main.ts` of a service only: it takes over the process's signals and its exit.
 */
export async function runService(
  service: string,
  start: (context: ServiceContext) => Promise<Stoppable>,
): Promise<void> {
  const instance = process.env.STORMPROOF_INSTANCE ?? `${service}-0`;
  const log = createLog({ service, instance });
  const fail = (what: string) => (error: unknown) => {
    log.fatal({ error }, what);
    process.exit(1);
  };
  process.on('uncaughtException', fail('an unexpected error'));
  process.on('unhandledRejection', fail('an unexpected rejection'));

  const stopRequested = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  });
  try {
    log.level = parseConfig(process.env, { level: logLevelField }).level;
    const running = start({ environment: process.env, instance, log });
    const first = await Promise.race([running, stopRequested]);
    // A signal during the start: whatever the start is still waiting for (brokers, a port) no longer matters.
    if (typeof first === 'string') process.exit(0);
    log.info('started');
    const signal = await stopRequested;
    log.info({ signal }, 'stopping');
    const deadline = setTimeout(() => fail('the shutdown took too long')(undefined), shutdownMsMax);
    await first.stop();
    clearTimeout(deadline);
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    if (error instanceof ConfigError) {
      log.fatal({ problems: error.problems }, error.message);
      process.exit(2);
    }
    fail('the service could not start')(error);
  }
}
