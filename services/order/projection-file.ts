import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Raised whenever the tables change their meaning: a file of another version is rebuilt from the streams. */
const schemaVersion = 3;

/**
 * `orders.n` counts arrivals, so that the oldest rows are the lowest and new ones are appended. No other column has an
 * index: those of `order_id` and `charge_key` are in memory (projection-table.ts). `position` is null while only the
 * outcome of an order has come. `run` refers to `runs`: the id of a test run would be repeated in every row.
 * `contradictions` keeps outcomes that differ from the one of their order that stands. `boot` says, in one row or several,
 * under which boot of the machine the file was left open; it is empty after an orderly close.
 */
const schema = `
  CREATE TABLE boot (boot_id TEXT NOT NULL) STRICT;
  CREATE TABLE streams (name TEXT PRIMARY KEY, created TEXT NOT NULL, position INTEGER NOT NULL) STRICT;
  CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE orders (
    n INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
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
  CREATE TABLE contradictions (
    n INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL, charge_id TEXT NOT NULL,
    PRIMARY KEY (n, state, reason, charge_id)
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${schemaVersion};`;

/** What is read again is nearly always of the last few seconds: at 10,000 orders/s, some 2 MB each. */
const cacheKib = 16_384;

/** A checkpoint of that many pages holds the event loop for 6 ms; one of 8,000 takes 35 ms, and no less CPU per page. */
const checkpointPages = 1_000;

/**
 * How long each step of opening and closing waits for others; between them a lock that others hold is an error at once.
 */
const lockTimeoutMs = 2_000;

/** SQLite's SQLITE_CORRUPT and SQLITE_NOTADB. */
const unusableFile = [11, 26];

/** Whether an error says that the file's contents make no sense, as opposed to a full disk or a held lock. */
export function isCorruption(error: unknown): boolean {
  if (!(error instanceof Error && 'errcode' in error)) return false;
  return unusableFile.includes(Number(error.errcode) & 0xff);
}

/**
 * Opens the projection's file in a directory that this process owns. A file that cannot be trusted is replaced by an empty
 * one: all that it held is in the streams. That is so when it is corrupt, of another schema version, or was left open when
 * the machine went down.
 *
 * Within one boot of the machine nothing needs to be fsynced: what a killed process has written is with the kernel.
 * Leaving it out keeps the disk free for the brokers, whose fsyncs carry the promise. Where the boot cannot be told,
 * checkpoints are fsynced instead.
 *
 * @param options.bootId names the machine's boot; undefined: it cannot be told
 * @param options.onRebuild told why the file was replaced
 * @throws when the file cannot be used for another reason: disk full, no permission
 */
export function openProjectionFile(
  directory: string,
  options: { readonly bootId: string | undefined; readonly onRebuild: (reason: string) => void },
): DatabaseSync {
  mkdirSync(directory, { recursive: true });
  const path = projectionPath(directory);
  const found = openAt(path, options.bootId);
  if (typeof found !== 'string') return found;
  options.onRebuild(found);
  deleteProjectionFile(directory);
  const fresh = openAt(path, options.bootId);
  if (typeof fresh === 'string') throw new Error(`the projection ${path} cannot be created: ${fresh}`);
  return fresh;
}

/**
 * Brings everything to the disk and closes the file, so that it outlives the machine's boot. While others read an older
 * state of it, it is closed as if its process had been killed.
 *
 * @throws when others hold its lock for too long; it is closed in the same way then
 */
export function closeProjectionFile(database: DatabaseSync): void {
  try {
    database.exec(`PRAGMA busy_timeout = ${lockTimeoutMs}; PRAGMA synchronous = FULL`);
    // A checkpoint that finds nothing to write does not fsync either what earlier ones have written.
    database.exec('INSERT INTO boot SELECT boot_id FROM boot LIMIT 1');
    const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (checkpoint?.busy === 0) database.exec('DELETE FROM boot');
  } finally {
    database.close();
  }
}

/** Deletes the file with its write-ahead log. Nothing may have it open. */
export function deleteProjectionFile(directory: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${projectionPath(directory)}${suffix}`, { force: true });
  }
}

function projectionPath(directory: string): string {
  return join(directory, 'projection.sqlite');
}

/** @returns why the file must be rebuilt, where it must */
function openAt(path: string, bootId: string | undefined): DatabaseSync | string {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: lockTimeoutMs });
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${bootId === undefined ? 'NORMAL' : 'OFF'};
      PRAGMA cache_size = -${cacheKib};
      PRAGMA wal_autocheckpoint = ${checkpointPages};`);
    const reason = untrusted(database, bootId);
    if (reason === undefined) {
      // What is there already needs no lock to be written.
      if (bootId !== undefined && leftOpenUnder(database) === undefined) writeBoot(database, bootId);
      database.exec('PRAGMA busy_timeout = 0');
      return database;
    }
    database.close();
    return reason;
  } catch (error) {
    database?.close();
    if (isCorruption(error)) return error instanceof Error ? error.message : String(error);
    throw error;
  }
}

/** Says on the disk, before anything else is written, that the file is open: what follows it is not fsynced. */
function writeBoot(database: DatabaseSync, bootId: string): void {
  database.exec('PRAGMA synchronous = FULL');
  database.prepare('INSERT INTO boot VALUES (?)').run(bootId);
  database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  database.exec('PRAGMA synchronous = OFF');
}

/** Creates the tables in an empty file. @returns why a file that is not empty cannot be trusted */
function untrusted(database: DatabaseSync, bootId: string | undefined): string | undefined {
  const version = Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0]);
  if (version === 0 && database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) {
    database.exec(`BEGIN; ${schema} COMMIT;`);
    return undefined;
  }
  if (version !== schemaVersion) return `it has schema version ${version}, expected ${schemaVersion}`;
  const leftOpen = leftOpenUnder(database);
  return leftOpen === undefined || leftOpen === bootId
    ? undefined
    : 'the machine went down while it was open';
}

function leftOpenUnder(database: DatabaseSync): unknown {
  return database.prepare('SELECT boot_id FROM boot').get()?.boot_id;
}
