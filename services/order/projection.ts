import { isBusy, ownDirectory } from '../runtime/index.ts';
import type { Stored } from './accept.ts';
import {
  closeProjectionFile,
  deleteProjectionFile,
  isCorruption,
  openProjectionFile,
} from './projection-file.ts';
import { type KnownStream, prepareStore, readPositions, readStreams } from './projection-store.ts';
import { type ExportedOrder, type OrderView, openOrderTable } from './projection-table.ts';
import type { OrderRow, OutcomeRow } from './wire.ts';

export type { ExportedOrder, OrderView } from './projection-table.ts';

export type StreamName = 'orders' | 'outcomes';

/** What tells a stream from another of the same name, and what it holds. */
export type StreamIdentity = {
  /** When it was created, as the broker says it. */
  readonly created: string;
  /** The position of the oldest message; one more than the last when there is none. */
  readonly firstPosition: number;
  readonly lastPosition: number;
};

export type Positions = Readonly<Record<StreamName, number>>;

/** One message, read. Positions rise within a stream. */
export type Batch =
  | { readonly stream: 'orders'; readonly position: number; readonly rows: readonly OrderRow[] }
  | { readonly stream: 'outcomes'; readonly position: number; readonly rows: readonly OutcomeRow[] };

/**
 * This replica's view of orders and outcomes, in a file of its own. What it says is a function of the two streams up
 * to its two positions, however their messages interleave and however often they come: the first message of an order
 * says what the order is, its first outcome says how it ended.
 */
export type Projection = {
  /**
   * Compares the file with the streams and starts anew when it belongs to others or is ahead of them.
   *
   * @returns the positions up to which the streams are applied: follow from the next
   */
  attach(streams: Readonly<Record<StreamName, StreamIdentity>>): Positions;
  /**
   * Applies messages; those applied before are left out. They are read at once, and on disk with their positions
   * within about a second.
   *
   * @returns false when others hold the lock of the file: nothing was applied, and may be tried again
   * @throws when the file cannot be written: then the positions are back at what is on disk, and must be attached anew
   */
  apply(batches: readonly Batch[]): boolean;
  positions(): Positions;
  /** Resolves when the orders stream is applied up to a position, or the time is over. */
  reached(position: number, timeoutMs: number): Promise<void>;
  /** The first order stored under a charge key, while that is remembered. */
  find(chargeKey: string): Stored | undefined;
  get(orderId: string): OrderView | undefined;
  /** The orders of a run, or all, in pages that leave the event loop free in between. */
  rows(runId?: string): AsyncGenerator<readonly ExportedOrder[]>;
  /** Throws the file's contents away; the next {@link attach} starts from the beginning of the streams. */
  rebuild(reason: string): void;
  /** Commits and closes the file. */
  close(): void;
};

export type ProjectionOptions = {
  readonly directory: string;
  /** Names the machine's boot (projection-file.ts). */
  readonly bootId: string | undefined;
  /** Default 1,000. */
  readonly commitEveryMs?: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** How long a key leads to its first answer. */
  readonly keyMemoryMs: number;
  readonly rowRetentionMs: number;
  /**
   * Each takes some 140 bytes of the disk and 13 to 26 of memory, for all of them at once: 5 million take 75 MB. At
   * least 1.
   */
  readonly rowsMax: number;
  readonly onRebuild: (reason: string) => void;
  /** Told of each outcome that differs from the first of its order. */
  readonly onContradiction: (orderId: string) => void;
};

/** How long a predecessor may take to end. */
const predecessorMs = 2_000;

/** @throws when the file cannot be opened and a rebuild would not help, or another process has it */
export function openProjection(options: ProjectionOptions): Projection {
  const { onRebuild } = options;
  const owner = ownDirectory(options.directory, predecessorMs, () => openContents(options));
  let { store, table } = owner.opened;
  let positions: Positions = readPositions(store);
  const waiters = new Set<{ position: number; resolve: () => void }>();
  /** Due while a transaction is open. */
  let commitTimer: NodeJS.Timeout | undefined;
  /** Why what was applied is gone again; thrown by the next {@link Projection.apply}. */
  let lost: { readonly error: unknown } | undefined;

  const rebuild = (reason: string): void => {
    onRebuild(reason);
    clearTimeout(commitTimer);
    commitTimer = undefined;
    store.database.close();
    deleteProjectionFile(options.directory);
    ({ store, table } = openContents(options));
    positions = { orders: 0, outcomes: 0 };
    lost = undefined;
  };

  /**
   * An order and its outcome change the same page. A transaction that stays open for many rows writes each page once,
   * and its rows are read through the same connection meanwhile.
   *
   * @returns false when others hold the lock
   */
  const begin = (): boolean => {
    if (store.database.isTransaction) return true;
    try {
      store.database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
    commitTimer = setTimeout(() => {
      try {
        commit();
      } catch (error) {
        lost = { error };
      }
    }, options.commitEveryMs ?? 1_000);
    return true;
  };

  /** @throws when it fails, after {@link rollback} */
  const commit = (): void => {
    clearTimeout(commitTimer);
    commitTimer = undefined;
    if (!store.database.isTransaction) return;
    try {
      for (const name of ['orders', 'outcomes'] as const) store.movePosition.run(positions[name], name);
      store.database.exec('COMMIT');
    } catch (error) {
      rollback();
      throw error;
    }
    table.committed();
  };

  /** Back to what is on disk. A corrupt file cannot say what that is; it waits for its rebuild. */
  const rollback = (): void => {
    clearTimeout(commitTimer);
    commitTimer = undefined;
    try {
      // SQLite has rolled back by itself after some errors (a full disk), not after others.
      if (store.database.isTransaction) store.database.exec('ROLLBACK');
      table.rolledBack();
      positions = readPositions(store);
    } catch (error) {
      if (!isCorruption(error)) throw error;
    }
  };

  return {
    attach(streams) {
      commit();
      lost = undefined;
      const foreign = foreignReason(readStreams(store), streams);
      if (foreign !== undefined) rebuild(foreign);
      for (const name of ['orders', 'outcomes'] as const) {
        const { created, firstPosition } = streams[name];
        // Messages that the stream has forgotten will never come.
        const position = Math.max(positions[name], firstPosition - 1);
        store.putStream.run(name, created, position);
        positions = { ...positions, [name]: position };
      }
      return positions;
    },
    apply(batches) {
      if (lost !== undefined) throw lost.error;
      const next = { ...positions };
      const contradicted: string[] = [];
      if (!begin()) return false;
      try {
        for (const batch of batches) {
          if (batch.position <= next[batch.stream]) continue;
          next[batch.stream] = batch.position;
          if (batch.stream === 'orders') {
            for (const row of batch.rows) table.putOrder(row, batch.position);
          } else {
            for (const row of batch.rows) if (table.putOutcome(row)) contradicted.push(row.orderId);
          }
        }
        table.prune();
      } catch (error) {
        rollback();
        throw error;
      }
      positions = next;
      for (const orderId of contradicted) options.onContradiction(orderId);
      for (const waiter of waiters) if (waiter.position <= next.orders) waiter.resolve();
      return true;
    },
    positions: () => positions,
    reached(position, timeoutMs) {
      if (position <= positions.orders) return Promise.resolve();
      return new Promise((done) => {
        const waiter = {
          position,
          resolve: () => {
            clearTimeout(timer);
            waiters.delete(waiter);
            done();
          },
        };
        const timer = setTimeout(waiter.resolve, timeoutMs);
        waiters.add(waiter);
      });
    },
    find: (chargeKey) => table.find(chargeKey),
    get: (orderId) => table.get(orderId),
    rows: (runId) => table.rows(runId),
    rebuild,
    close() {
      for (const waiter of waiters) waiter.resolve();
      commit();
      try {
        closeProjectionFile(store.database);
      } finally {
        owner.release();
      }
    },
  };
}

/** Opens the file and reads what it holds. One that turns out to be corrupt meanwhile is replaced as well. */
function openContents(options: ProjectionOptions) {
  const open = () => {
    const store = prepareStore(openProjectionFile(options.directory, options));
    try {
      return { store, table: openOrderTable(store, options) };
    } catch (error) {
      store.database.close();
      throw error;
    }
  };
  try {
    return open();
  } catch (error) {
    if (!isCorruption(error)) throw error;
    options.onRebuild(error instanceof Error ? error.message : String(error));
    deleteProjectionFile(options.directory);
    return open();
  }
}

function foreignReason(
  known: ReadonlyMap<string, KnownStream>,
  streams: Readonly<Record<StreamName, StreamIdentity>>,
): string | undefined {
  for (const name of ['orders', 'outcomes'] as const) {
    const { created, lastPosition } = streams[name];
    const mine = known.get(name);
    if (mine === undefined) continue;
    if (mine.created !== created) return `it follows another ${name} stream, created ${mine.created}`;
    if (mine.position > lastPosition) {
      return `it is ahead of the ${name} stream: at ${mine.position} of ${lastPosition}`;
    }
  }
  return undefined;
}
