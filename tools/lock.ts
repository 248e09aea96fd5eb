import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const sqliteBusy = 5;
const retryMs = 200;

/**
 * Runs `body` while holding a lock that excludes every other process and every other caller in this one.
 *
 * The lock is SQLite's own lock on an empty database at `path`: the operating system drops it when its holder dies in
 * whatever way, so there are no stale locks to judge, which a file with a process id in it would leave.
 *
 * @param options.onWait called once if another holds the lock
 * @throws AbortError when `signal` fires before the lock was got
 */
export async function withFileLock<T>(
  path: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onWait?: () => void },
  body: () => Promise<T>,
): Promise<T> {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    let isWaiting = false;
    while (!tryLock(database)) {
      if (!isWaiting) options.onWait?.();
      isWaiting = true;
      await delay(retryMs, undefined, { signal: options.signal });
    }
    options.signal?.throwIfAborted();
    return await body();
  } finally {
    database.close();
  }
}

/**
 * As {@link withFileLock}, but does not wait. `<path>.pid` tells who holds the lock, or held it last.
 *
 * @param refuse makes the error that is thrown when another holds the lock, from the id of its process
 */
export async function withLockOrRefuse<T>(
  path: string,
  refuse: (holder: string) => Error,
  body: () => Promise<T>,
): Promise<T> {
  const holderFile = `${path}.pid`;
  const refusal = new AbortController();
  let isMine = false;
  try {
    return await withFileLock(path, { signal: refusal.signal, onWait: () => refusal.abort() }, async () => {
      isMine = true;
      await writeHolder(holderFile);
      return await body();
    });
  } catch (error) {
    if (isMine || !refusal.signal.aborted) throw error;
    throw refuse(await readFile(holderFile, 'utf8').catch(() => 'unknown'));
  }
}

/** Not on a full disk: only the other's error message says less then. */
async function writeHolder(path: string): Promise<void> {
  try {
    await writeFile(`${path}.new`, String(process.pid));
    await rename(`${path}.new`, path);
  } catch {
    await rm(path, { force: true });
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    // A lock must be had on a full disk too: without this SQLite begins with a journal file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) return false;
    throw error;
  }
}
