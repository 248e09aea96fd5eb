import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { delay, type Log } from '../runtime/index.ts';

/**
 * Sends SIGHUP to a broker whenever its configuration has another content than before, until the signal aborts: its file,
 * or another file of the same directory that it may include (`.conf`) or name (certificates, `.crt`, and keys, `.key`). The
 * content found first is the one that the broker has started with. A broker that cannot be told is told again in the next round.
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
      const text = await readConfiguration(dirname(configFile));
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

async function readConfiguration(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => /\.(conf|crt|key)$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.join('\n');
}

async function readPid(pidFile: string): Promise<number> {
  const pid = Number(await readFile(pidFile, 'utf8'));
  // Anything else would address a group of processes, or all of them.
  if (!Number.isSafeInteger(pid) || pid < 1) throw new Error(`${pidFile} holds no process id`);
  return pid;
}
