import { readFile } from 'node:fs/promises';
import { delay, type Log } from '../runtime/index.ts';

/**
 * Sends SIGHUP to a broker whenever its configuration file has another content than before, until the signal aborts.
 * The content found first is the one that the broker has started with. A broker that cannot be told is told again in
 * the next round.
 *
 * The file is read in rounds and not watched: a volume of a cluster changes by a link that is exchanged, of which
 * watchers of the file hear nothing.
 */
export async function reloadOnChange(options: {
  readonly configFile: string;
  /** Holds the broker's process id, as this process sees it. */
  readonly pidFile: string;
  readonly intervalMs: number;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { configFile, pidFile, intervalMs, log, signal } = options;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const text = await readFile(configFile, 'utf8');
      if (told !== undefined && text !== told) {
        process.kill(await readPid(pidFile), 'SIGHUP');
        log.info('the configuration has changed; the broker was told to reload it');
      }
      told = text;
    } catch (error) {
      log.warn({ error }, 'the broker could not be told to reload its configuration');
    }
    await delay(intervalMs, signal);
  }
}

async function readPid(pidFile: string): Promise<number> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  // Anything else would address a group of processes, or all of them.
  if (!Number.isSafeInteger(pid) || pid < 1) throw new Error(`${pidFile} holds no process id`);
  return pid;
}
