import { copyFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { digestOf } from './manifest.ts';

/** As services/psp/ledger-file.ts names it. */
const ledgerName = 'ledger.sqlite';

/**
 * Copies the simulated provider's ledger as it is at one moment, while the provider goes on writing: its write-ahead log
 * lets a reader see that moment until it is done.
 *
 * @param path a file that does not exist
 */
export async function copyLedger(
  dataDirectory: string,
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string; readonly charges: number }> {
  const database = new DatabaseSync(join(dataDirectory, ledgerName), { readOnly: true, timeout: 5_000 });
  try {
    database.prepare('VACUUM INTO ?').run(path);
  } finally {
    database.close();
  }
  const { size } = await stat(path);
  return { bytes: size, sha256: await digestOf(path), charges: countCharges(path) };
}

/** How many charges the ledger of a directory has; 0 where there is none. */
export async function chargesOf(dataDirectory: string): Promise<number> {
  const path = join(dataDirectory, ledgerName);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere ? countCharges(path) : 0;
}

/** Puts a copy in the place of the ledger of a provider that does not run. */
export async function restoreLedger(path: string, dataDirectory: string): Promise<void> {
  const ledger = join(dataDirectory, ledgerName);
  // A log of the old ledger would be played back into the new one.
  for (const suffix of ['', '-wal', '-shm']) await rm(ledger + suffix, { force: true });
  await copyFile(path, ledger);
}

function countCharges(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    return Number(Object.values(database.prepare('SELECT count(*) FROM charges').get() ?? {})[0]);
  } finally {
    database.close();
  }
}
