/** The helper of database-contention: holds the write lock of a SQLite database, lets go for a moment, and takes it again. */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { runHelper } from './helper.ts';

export type Locking = {
  /** The file. */
  readonly database: string;
  readonly holdMs: number;
  readonly releaseMs: number;
};

/** Its owner may let go for some milliseconds only. */
const tryEveryMs = 2;

await runHelper<Locking>(async ({ database: path, holdMs, releaseMs }) => {
  const database = new DatabaseSync(path, { timeout: 0 });
  return async (signal) => {
    while (!signal.aborted) {
      if (isLocked(database)) {
        await rest(holdMs, signal);
        database.exec('ROLLBACK');
        await rest(releaseMs, signal);
      } else {
        await rest(tryEveryMs, signal);
      }
    }
    database.close();
  };
});

/** @returns whether the lock could be taken */
function isLocked(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch {
    // Another has it: the service itself, most of the time.
    return false;
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    // It is to end: the loop finds out.
  });
}
