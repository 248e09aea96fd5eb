import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** SQLite's SQLITE_BUSY: another connection holds the lock. */
const busy = 5;

/** Whether an error says that others hold the lock of the database: nothing was done, and may be tried again. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busy;
}

/** How soon a transaction that found its database locked is tried again, milliseconds. */
export const busyRetryMs = 5;

/**
 * Makes this process the owner of a directory, which no other can be before it has released it or ended, however that
 * ends, and opens what is in it. The databases there stay open to others, who may read them, and may keep their owner
 * waiting: it must not wait for a lock inside SQLite, which stops the event loop.
 *
 * @param timeoutMs how long is waited for a predecessor to end; the event loop stands meanwhile
 * @throws when another process owns it still; what `open` throws, when nobody owns it any more
 */
export function ownDirectory<T>(
  directory: string,
  timeoutMs: number,
  open: () => T,
): { readonly opened: T; release(): void } {
  mkdirSync(directory, { recursive: true });
  const lock = new DatabaseSync(join(directory, 'owner.sqlite'), { timeout: timeoutMs });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { opened: open(), release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}
