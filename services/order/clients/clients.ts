/**
 * Who may use the API, and how much of it. A file names the clients (clients-file.ts); a request says by a key whose it is
 * (guard.ts), which is found by its digest (client-book.ts) and held to its limit (rate-limit.ts) and quota (daily-usage.ts). Without a file everybody is
 * let in, as whom they say they are.
 *
 * The file may change at any time: keys and limits of the new one are good within seconds. One that makes no sense is told
 * of in the log, and the one before stays.
 */
import { readFile } from 'node:fs/promises';
import { ConfigError, delay, type Log } from '../../runtime/index.ts';
import { type ClientBook, createClientBook } from './client-book.ts';
import { parseClients } from './clients-file.ts';
import { openDailyUsage } from './daily-usage.ts';
import { createGuard, type Guard, type GuardRefusal, openGuard } from './guard.ts';

export type Clients = {
  readonly guard: Guard;
  /** Stops looking for changes, and writes down what quotas have been used. */
  stop(): Promise<void>;
};

const lookEveryMs = 2_000;

/**
 * @param options.path of the clients file; undefined: everybody is let in, and the log says so
 * @param options.nowMs milliseconds, by a clock that never jumps
 * @throws ConfigError (rejects) when the file cannot be read or makes no sense
 */
export async function openClients(options: {
  readonly path: string | undefined;
  /** Where the use of quotas is written down. */
  readonly usagePath: string;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly onRefused: (why: GuardRefusal) => void;
  /** How often the file is looked at; default 2,000. */
  readonly lookEveryMs?: number;
}): Promise<Clients> {
  const { path, log, nowMs, onRefused } = options;
  if (path === undefined) {
    log.warn(
      'the API is open: whoever reaches it may send orders, as whom they like (STORMPROOF_CLIENTS_FILE is not set)',
    );
    return { guard: openGuard, stop: async () => {} };
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError([`STORMPROOF_CLIENTS_FILE: the file cannot be read (${error.code})`]);
  });
  const book = createClientBook(parseClients(text));
  const usage = openDailyUsage({ path: options.usagePath, log, nowMs: Date.now });
  const stopping = new AbortController();
  const ended = follow(
    { path, text, book, log, everyMs: options.lookEveryMs ?? lookEveryMs },
    stopping.signal,
  );
  return {
    guard: createGuard({ book, usage, nowMs, onRefused }),
    async stop() {
      stopping.abort();
      await Promise.all([ended, usage.stop()]);
    },
  };
}

/** Reads the file again and again, and takes over what it says whenever that is something else. */
async function follow(
  known: { path: string; text: string; book: ClientBook; log: Log; everyMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { path, book, log } = known;
  let last = known.text;
  for (;;) {
    await delay(known.everyMs, signal);
    if (signal.aborted) return;
    // A file that is just being replaced is there the next time; one that is gone changes nothing.
    const text = await readFile(path, 'utf8').catch(() => last);
    if (text === last) continue;
    last = text;
    try {
      book.replace(parseClients(text));
      log.info('the clients file has changed, and is followed');
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      log.error({ problems: error.problems }, 'the clients file makes no sense; the one before stays');
    }
  }
}
