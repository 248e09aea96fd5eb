import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Raised whenever the tables change their meaning: a file of another version is rebuilt from the streams. */
const schemaVersion = 1;

/**
 * `orders.n` counts arrivals, so that the oldest rows are the lowest. `position` is null while only the outcome of an
 * order has come. `run` refers to `runs`: the id of a test run would be repeated in every row.
 * `contradictions` keeps outcomes that differ from the first one of their order.
 */
const schema = `
  CREATE TABLE streams (name TEXT PRIMARY KEY, created TEXT NOT NULL, position INTEGER NOT NULL) STRICT;
  CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE orders (
    n INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    charge_key TEXT,
    position INTEGER,
    client_id TEXT,
    customer_id TEXT,
    amount_minor INTEGER,
    currency TEXT,
    run INTEGER,
    received_at_ms INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    charge_id TEXT
  ) STRICT;
  CREATE INDEX orders_by_charge_key ON orders (charge_key);
  CREATE TABLE contradictions (
    order_id TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL, charge_id TEXT NOT NULL,
    PRIMARY KEY (order_id, state, reason, charge_id)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};`;

/** SQLite's SQLITE_CORRUPT and SQLITE_NOTADB. */
const unusableFile = [11, 26];

/** Whether an error says that the file's contents make no sense, as opposed to a full disk or a held lock. */
export function isCorruption(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error)) return false;
  return unusableFile.includes(Number(error.errcode) & 0xff);
}

/**
 * Opens the projection's file in a directory. A file that is corrupt or of another schema version is replaced by an
 * empty one: all that it held is in the streams.
 *
 * @param onRebuild told why the file was replaced
 * @throws when the file cannot be used for another reason: held by another process, disk full, no permission
 */
export function openProjectionFile(directory: string, onRebuild: (reason: string) => void): DatabaseSync {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'projection.sqlite');
  const found = openAt(path);
  if (typeof found !== 'string') return found;
  onRebuild(found);
  deleteProjectionFile(directory);
  const fresh = openAt(path);
  if (typeof fresh === 'string') throw new Error(`the projection ${path} cannot be created: ${fresh}`);
  return fresh;
}

/** Deletes the file with its write-ahead log. Nothing may have it open. */
export function deleteProjectionFile(directory: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(join(directory, `projection.sqlite${suffix}`), { force: true });
  }
}

/**
 * The lock is exclusive, which spares the shared-memory index. A commit is not fsynced: after a crash of the machine
 * the file is that of a moment before, and the followers resume from the position in it.
 *
 * @returns why the file must be rebuilt, where it must
 */
function openAt(path: string): DatabaseSync | string {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 2_000 });
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = -65536;
      PRAGMA wal_autocheckpoint = 4000;`);
    const version = Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0]);
    if (version === schemaVersion) return database;
    const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
    if (version === 0 && isEmpty) {
      database.exec(`BEGIN; ${schema} COMMIT;`);
      return database;
    }
    database.close();
    return `it has schema version ${version}, expected ${schemaVersion}`;
  } catch (error) {
    database?.close();
    if (isCorruption(error)) return error instanceof Error ? error.message : String(error);
    throw error;
  }
}
