import { setImmediate as nextTurn } from 'node:timers/promises';
import { busyRetryMs, createKeyIndex, isBusy, type KeyIndex } from '../runtime/index.ts';
import type { ChargeRecord, ChargeRequest, ChargeResult, Decision, Verdict } from './charge.ts';
import { arrays, type LedgerFile, ledgerPath, openLedgerFile, type Row } from './ledger-file.ts';

/** The ledger cannot be opened, or cannot take charges now. Nothing of what was asked has been recorded. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: 'cannot-open' | 'cannot-write';

  constructor(code: LedgerError['code'], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The provider's memory of charges: append-only, on disk before anybody hears of a charge. */
export type Ledger = {
  /**
   * Decides charges in order and resolves once their effects are on disk. All that is asked within one turn of the
   * event loop shares one transaction and one fsync. A known key with the same parameters gets the recorded decision.
   *
   * @throws LedgerError `cannot-write` when the disk refuses (full, broken), or others hold the ledger's lock for more than
   *   a second: none of them is recorded
   */
  charge(requests: readonly ChargeRequest[]): Promise<readonly ChargeResult[]>;
  find(chargeKey: string): ChargeRecord | undefined;
  /** Every effect in the order of recording, in pages that leave the event loop free in between. */
  records(runId?: string): AsyncGenerator<readonly ChargeRecord[]>;
  /** Decides what still waits, then closes the file. */
  close(): void;
};

/** How long others may hold the lock before what waits is refused: half of what callers wait. */
const busyMsMax = 1_000;

/** Sequences that are read at once: a few milliseconds of the event loop. */
const pageRows = 2_000;

/** What the index of keys is given memory for at once, and again when they are used up: 32 MiB each time. */
const keysPerGeneration = 5_000_000;

type Waiting = {
  readonly requests: readonly ChargeRequest[];
  readonly resolve: (results: readonly ChargeResult[]) => void;
  readonly reject: (error: LedgerError) => void;
};

/**
 * Opens (or creates) the ledger in a directory and keeps any other provider from it.
 *
 * @param options.judge decides on a charge that is not known yet
 * @param options.forgets says of a known key whether it is to pass for a new one; default never
 * @param options.pagesMax limits the file's size in pages of 4 KiB; default unlimited
 * @param options.nowMs a clock that never jumps
 * @throws LedgerError `cannot-open`
 */
export function openLedger(options: {
  readonly directory: string;
  readonly judge: (request: ChargeRequest) => Verdict;
  readonly forgets?: () => boolean;
  readonly pagesMax?: number;
  readonly nowMs: () => number;
}): Ledger {
  const { nowMs } = options;
  const { file, keys } = openFile(options.directory, options.pagesMax);
  const { database } = file;
  const find = arrays(database.prepare('SELECT * FROM charges WHERE sequence = ? AND charge_key = ?'));
  const page = arrays(database.prepare('SELECT * FROM charges WHERE sequence > ? AND sequence <= ?'));
  const pageOfRun = arrays(
    database.prepare('SELECT * FROM charges WHERE sequence > ? AND sequence <= ? AND run_id = ?'),
  );
  const last = arrays(database.prepare('SELECT coalesce(max(sequence), 0) FROM charges'));
  const insert = database.prepare('INSERT INTO charges VALUES (NULL, ?, ?, ?, ?, ?, ?)');

  /** Empty unless a flush is due: in this turn of the event loop or, while others hold the lock, a little later. */
  let waiting: Waiting[] = [];
  /** When it was found that others hold the lock; undefined while they are not known to. */
  let busySinceMs: number | undefined;

  const findRow = (chargeKey: string): Row | undefined => {
    let row: Row | undefined;
    keys.find(chargeKey, (sequence) => {
      row = find.get(sequence, chargeKey) as unknown as Row | undefined;
      return row !== undefined;
    });
    return row;
  };

  const chargeOne = (request: ChargeRequest): ChargeResult => {
    const known = findRow(request.chargeKey);
    if (known !== undefined && options.forgets?.() !== true) {
      return isSameCharge(known, request)
        ? { ...decisionOf(known), isReplay: true }
        : { status: 'conflict', reason: 'idempotency_key_reused' };
    }
    const verdict = options.judge(request);
    if (verdict === 'fail') return { status: 'error', reason: 'processor_error' };
    if (verdict === 'lie') return { status: 'charged', chargeId: 'ch_lie', isLie: true };
    const declineReason = verdict === 'decline' ? 'insufficient_funds' : null;
    const { lastInsertRowid } = insert.run(
      request.chargeKey,
      request.orderId,
      request.amountMinor,
      request.currency,
      request.runId,
      declineReason,
    );
    const sequence = Number(lastInsertRowid);
    keys.add(request.chargeKey, sequence);
    return { ...decision(sequence, declineReason), isReplay: false };
  };

  const settle = () => {
    waiting = [];
    busySinceMs = undefined;
  };

  const flush = () => {
    if (waiting.length === 0) return;
    const group = waiting;
    let results: readonly (readonly ChargeResult[])[];
    try {
      database.exec('BEGIN IMMEDIATE');
      results = group.map(({ requests }) => requests.map(chargeOne));
      database.exec('COMMIT');
    } catch (cause) {
      if (isBusy(cause) && !database.isTransaction) {
        const now = nowMs();
        busySinceMs ??= now;
        if (now - busySinceMs < busyMsMax) {
          setTimeout(flush, busyRetryMs);
          return;
        }
      }
      settle();
      // SQLite has rolled back by itself after some errors (a full disk), not after others.
      if (database.isTransaction) database.exec('ROLLBACK');
      keys.rollback();
      const error = new LedgerError(
        'cannot-write',
        `the ledger cannot be written: ${messageOf(cause)}`,
        cause,
      );
      for (const { reject } of group) reject(error);
      return;
    }
    keys.commit(1);
    settle();
    for (const [index, { resolve }] of group.entries()) resolve(results[index] ?? []);
  };

  return {
    charge(requests) {
      return new Promise((resolve, reject) => {
        if (waiting.push({ requests, resolve, reject }) === 1) setImmediate(flush);
      });
    },
    find(chargeKey) {
      const row = findRow(chargeKey);
      return row === undefined ? undefined : recordOf(row);
    },
    async *records(runId) {
      const end = Number((last.get() as unknown as readonly [number])[0]);
      for (let from = 0; from < end; from += pageRows) {
        const to = Math.min(from + pageRows, end);
        const rows = runId === undefined ? page.all(from, to) : pageOfRun.all(from, to, runId);
        if (rows.length > 0) yield (rows as unknown as readonly Row[]).map(recordOf);
        await nextTurn();
      }
    },
    close() {
      file.waitForLock();
      busySinceMs = Number.NEGATIVE_INFINITY;
      flush();
      file.close();
    },
  };
}

/** Opens the file and reads its keys; 5 million take 3 s. */
function openFile(
  directory: string,
  pagesMax: number | undefined,
): { readonly file: LedgerFile; readonly keys: KeyIndex } {
  let file: LedgerFile | undefined;
  try {
    file = openLedgerFile(directory, pagesMax);
    return { file, keys: readKeys(file) };
  } catch (cause) {
    file?.close();
    const path = ledgerPath(directory);
    throw new LedgerError('cannot-open', `cannot open the ledger ${path}: ${messageOf(cause)}`, cause);
  }
}

function readKeys({ database }: LedgerFile): KeyIndex {
  const keys = createKeyIndex({ firstRow: 1, generations: 1, rowsPerGeneration: keysPerGeneration });
  const page = arrays(
    database.prepare('SELECT sequence, charge_key FROM charges WHERE sequence > ? ORDER BY sequence LIMIT ?'),
  );
  let last = 0;
  for (let count = pageRows; count === pageRows; ) {
    const rows = page.all(last, pageRows) as unknown as readonly (readonly [number, string])[];
    for (const [sequence, chargeKey] of rows) keys.add(chargeKey, sequence);
    keys.commit(1);
    last = rows.at(-1)?.[0] ?? last;
    count = rows.length;
  }
  return keys;
}

function isSameCharge(known: Row, request: ChargeRequest): boolean {
  const [, , orderId, amountMinor, currency] = known;
  return orderId === request.orderId && amountMinor === request.amountMinor && currency === request.currency;
}

function decision(sequence: number, declineReason: string | null): Decision {
  return declineReason === null
    ? { status: 'charged', chargeId: `ch_${sequence}` }
    : { status: 'declined', reason: declineReason };
}

function decisionOf(row: Row): Decision {
  return decision(row[0], row[6]);
}

function recordOf(row: Row): ChargeRecord {
  const [, chargeKey, orderId, amountMinor, currency, runId] = row;
  return { chargeKey, orderId, amountMinor, currency, runId, ...decisionOf(row) };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
