import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ownDirectory } from '../runtime/index.ts';

/** A row of the ledger, column by column. */
export type Row = readonly [
  sequence: number,
  chargeKey: string,
  orderId: string,
  amountMinor: number,
  currency: string,
  runId: string,
  declineReason: string | null,
];

/**
 * Rows are appended: `charge_key` has no index in the file (docs/decisions/0009-keys-are-indexed-in-memory.md). It had one,
 * by being `UNIQUE`, in files of version 0.
 */
const schemaVersion = 1;
const createCharges = `
  CREATE TABLE charges (
    sequence INTEGER PRIMARY KEY,
    charge_key TEXT NOT NULL,
    order_id TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    run_id TEXT NOT NULL,
    decline_reason TEXT
  ) STRICT;
  PRAGMA user_version = ${schemaVersion};`;

/** How long opening and closing wait for others, who may hold the lock for a moment. */
const openTimeoutMs = 2_000;
const closeTimeoutMs = 2_000;

export type LedgerFile = {
  readonly database: DatabaseSync;
  /** Lets what follows wait for others who hold the lock; nothing else does inside SQLite. */
  waitForLock(): void;
  close(): void;
};

export function ledgerPath(directory: string): string {
  return join(directory, 'ledger.sqlite');
}

/**
 * Opens (or creates) the ledger's file and keeps any other provider from it. The write-ahead log is fsynced with every
 * commit (`synchronous = FULL`).
 *
 * @param pagesMax limits the file's size in pages of 4 KiB
 */
export function openLedgerFile(directory: string, pagesMax: number | undefined): LedgerFile {
  const owner = ownDirectory(directory, 0, () => openDatabase(ledgerPath(directory), pagesMax));
  const database = owner.opened;
  return {
    database,
    waitForLock: () => database.exec(`PRAGMA busy_timeout = ${closeTimeoutMs}`),
    close() {
      database.close();
      owner.release();
    },
  };
}

function openDatabase(path: string, pagesMax: number | undefined): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: openTimeoutMs });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    prepareTable(database);
    if (pagesMax !== undefined) database.exec(`PRAGMA max_page_count = ${pagesMax}`);
    database.exec('PRAGMA busy_timeout = 0');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Creates the table, or brings that of an older version up to date, in one transaction. */
function prepareTable(database: DatabaseSync): void {
  const version = Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0]);
  if (version === schemaVersion) return;
  if (version !== 0) throw new Error(`it has schema version ${version}, expected ${schemaVersion}`);
  const isNew = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'charges'").get() === undefined;
  // A table cannot lose a UNIQUE that it was created with.
  const steps = isNew
    ? createCharges
    : `ALTER TABLE charges RENAME TO old_charges;
       ${createCharges}
       INSERT INTO charges SELECT * FROM old_charges ORDER BY sequence;
       DROP TABLE old_charges;`;
  database.exec(`BEGIN IMMEDIATE; ${steps} COMMIT;`);
}

/** Rows as arrays: an object per row would cost more than reading it. */
export function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}
