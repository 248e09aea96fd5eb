import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { delay, type Log } from '../../runtime/index.ts';

/** How many orders clients have had accepted today, a day being one of UTC. */
export type DailyUsage = {
  used(clientId: string): number;
  add(clientId: string): void;
  /** Until the next day begins, 1 to 86,400. */
  secondsLeft(): number;
  /** Writes down what has been counted. */
  stop(): Promise<void>;
};

const dayMs = 86_400_000;

/** What the file holds. */
type Written = { readonly day: number; readonly used: Readonly<Record<string, number>> };

/**
 * Counts in memory, and in a file every few seconds, so that a restart forgets little: at most what was counted since the file
 * was written last. A file that is gone or makes no sense is one that says nothing.
 *
 * @param options.nowMs milliseconds since the Unix epoch
 * @param options.writeEveryMs default 5,000
 */
export function openDailyUsage(options: {
  readonly path: string;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly writeEveryMs?: number;
}): DailyUsage {
  const { path, log, nowMs, writeEveryMs = 5_000 } = options;
  const today = () => Math.floor(nowMs() / dayMs);
  const written = read(path);
  let day = today();
  let used = new Map<string, number>(written?.day === day ? Object.entries(written.used) : []);
  let isWritten = true;

  const current = (): Map<string, number> => {
    if (day !== today()) {
      day = today();
      used = new Map();
    }
    return used;
  };
  const write = async (): Promise<void> => {
    if (isWritten) return;
    isWritten = true;
    const text: Written = { day, used: Object.fromEntries(used) };
    try {
      await writeFile(`${path}.new`, JSON.stringify(text), { mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch (error) {
      isWritten = false;
      log.warn(
        { error },
        'what clients have used of their quotas cannot be written down; it is counted all the same',
      );
    }
  };
  const stopping = new AbortController();
  const writeAgainAndAgain = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await delay(writeEveryMs, stopping.signal);
      await write();
    }
  };
  const ended = writeAgainAndAgain();

  return {
    used: (clientId) => current().get(clientId) ?? 0,
    add(clientId) {
      const counts = current();
      counts.set(clientId, (counts.get(clientId) ?? 0) + 1);
      isWritten = false;
    },
    secondsLeft: () => Math.max(1, Math.ceil(((today() + 1) * dayMs - nowMs()) / 1_000)),
    async stop() {
      stopping.abort();
      await ended;
      await write();
    },
  };
}

function read(path: string): Written | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Written> | null;
    const { day, used } = value ?? {};
    if (typeof day !== 'number' || typeof used !== 'object' || used === null) return undefined;
    return Object.values(used).every(Number.isSafeInteger) ? { day, used } : undefined;
  } catch {
    // Nothing was counted yet, or nobody can tell what.
    return undefined;
  }
}
