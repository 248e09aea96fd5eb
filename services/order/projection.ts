import { setImmediate as nextTurn } from 'node:timers/promises';
import { isBusy, ownDirectory } from '../runtime/index.ts';
import type { Stored } from './accept.ts';
import { type OrderState, orderStates } from './order.ts';
import {
  closeProjectionFile,
  deleteProjectionFile,
  isCorruption,
  openProjectionFile,
} from './projection-file.ts';
import {
  type ExportColumns,
  type KnownStream,
  type OutcomeColumns,
  prepareStore,
  readContradictions,
  readEdges,
  readPositions,
  readRuns,
  readStreams,
  type Store,
  type ViewColumns,
} from './projection-store.ts';
import type { OrderRow, OutcomeRow } from './wire.ts';

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

export type OrderView = {
  readonly orderId: string;
  readonly clientId: string;
  readonly customerId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly state: OrderState;
  readonly reason: string;
  readonly chargeId: string;
  readonly position: number;
};

export type ExportedOrder = Pick<OrderView, 'orderId' | 'amountMinor' | 'currency' | 'state'> & {
  /** Terminal states that other outcomes of the order claimed after its first one; usually none. */
  readonly contradictedBy: readonly OrderState[];
};

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
  readonly rowsMax: number;
  readonly onRebuild: (reason: string) => void;
  /** Told of each outcome that differs from the first of its order. */
  readonly onContradiction: (orderId: string) => void;
};

/** Rows a page of {@link Projection.rows} looks at: a few milliseconds of the event loop. */
const pageRows = 2_000;

/** How long a predecessor may take to end. */
const predecessorMs = 2_000;

/** @throws when the file cannot be opened and a rebuild would not help, or another process has it */
export function openProjection(options: ProjectionOptions): Projection {
  const { now, onRebuild } = options;
  const openStore = () => prepareStore(openProjectionFile(options.directory, options));
  const owner = ownDirectory(options.directory, predecessorMs, openStore);
  let store = owner.opened;
  let positions: Positions = readPositions(store);
  let runs = readRuns(store);
  let contradictions = readContradictions(store);
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
    store = openStore();
    positions = { orders: 0, outcomes: 0 };
    runs = new Map();
    contradictions = 0;
    lost = undefined;
  };

  /**
   * A row dirties pages all over its indexes. A transaction that stays open for many rows writes each page once, and
   * its rows are read through the same connection meanwhile.
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
  };

  /** Back to what is on disk. A corrupt file cannot say what that is; it waits for its rebuild. */
  const rollback = (): void => {
    clearTimeout(commitTimer);
    commitTimer = undefined;
    try {
      // SQLite has rolled back by itself after some errors (a full disk), not after others.
      if (store.database.isTransaction) store.database.exec('ROLLBACK');
      positions = readPositions(store);
      runs = readRuns(store);
      contradictions = readContradictions(store);
    } catch (error) {
      if (!isCorruption(error)) throw error;
    }
  };

  const runNumber = (runId: string): number | null => {
    if (runId === '') return null;
    const known = runs.get(runId);
    if (known !== undefined) return known;
    const number = Number(store.insertRun.run(runId).lastInsertRowid);
    runs.set(runId, number);
    return number;
  };

  const applyOrder = (row: OrderRow, position: number): void => {
    store.insertOrder.run(
      row.orderId,
      row.chargeKey,
      position,
      row.clientId,
      row.customerId,
      row.amountMinor,
      row.currency,
      runNumber(row.runId),
      row.receivedAtMs,
    );
  };

  /** @returns whether it contradicts the first outcome of its order */
  const applyOutcome = (row: OutcomeRow): boolean => {
    const { orderId, state, reason, chargeId } = row;
    if (store.insertOutcome.run(orderId, state, reason, chargeId, row.receivedAtMs).changes === 1)
      return false;
    const [knownState, knownReason, knownChargeId] = store.outcome.get(orderId) as unknown as OutcomeColumns;
    if (knownState === state && knownReason === reason && knownChargeId === chargeId) return false;
    return store.insertContradiction.run(orderId, state, reason, chargeId).changes === 1;
  };

  /** Deletes the oldest rows that are too old or too many, at most twice as many as were added. */
  const prune = (added: number): void => {
    const { first, last } = readEdges(store);
    const surplus = last - first + 1 - options.rowsMax;
    const end = first + 2 * added;
    if (surplus > 0) store.deleteBelow.run(Math.min(first + surplus, end));
    store.deleteOld.run(end, now() - options.rowRetentionMs);
    if (contradictions > 0) store.deleteOrphans.run();
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
      let added = 0;
      if (!begin()) return false;
      try {
        for (const batch of batches) {
          if (batch.position <= next[batch.stream]) continue;
          next[batch.stream] = batch.position;
          if (batch.stream === 'orders') {
            for (const row of batch.rows) applyOrder(row, batch.position);
            added += batch.rows.length;
          } else {
            for (const row of batch.rows) if (applyOutcome(row)) contradicted.push(row.orderId);
          }
        }
        if (added > 0) prune(added);
      } catch (error) {
        rollback();
        throw error;
      }
      positions = next;
      contradictions += contradicted.length;
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
    find(chargeKey) {
      const row = store.byChargeKey.get(chargeKey, now() - options.keyMemoryMs) as unknown as
        | readonly [orderId: string, position: number]
        | undefined;
      return row === undefined ? undefined : { orderId: row[0], position: row[1] };
    },
    get(orderId) {
      const row = store.byOrderId.get(orderId) as unknown as ViewColumns | undefined;
      return row === undefined ? undefined : toView(row);
    },
    async *rows(runId) {
      const run = runId === undefined ? undefined : runs.get(runId);
      if (runId !== undefined && run === undefined) return;
      const contradicted = contradictedStates(store);
      const { first, last } = readEdges(store);
      for (let from = first; from <= last; from += pageRows) {
        const to = Math.min(from + pageRows - 1, last);
        const page = run === undefined ? store.page.all(from, to) : store.pageOfRun.all(from, to, run);
        if (page.length > 0) {
          yield (page as unknown as readonly ExportColumns[]).map(
            ([orderId, amountMinor, currency, state]) => ({
              orderId,
              amountMinor,
              currency,
              state: stateNamed(state),
              contradictedBy: contradicted.get(orderId) ?? [],
            }),
          );
        }
        await nextTurn();
      }
    },
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

function toView(row: ViewColumns): OrderView {
  const [orderId, clientId, customerId, amountMinor, currency, state, reason, chargeId, position] = row;
  return {
    orderId,
    clientId,
    customerId,
    amountMinor,
    currency,
    state: stateNamed(state),
    reason: reason ?? '',
    chargeId: chargeId ?? '',
    position,
  };
}

function stateNamed(state: number): OrderState {
  const name = orderStates[state];
  if (name === undefined) throw new RangeError(`the projection holds the unknown state ${state}`);
  return name;
}

function contradictedStates(store: Store): ReadonlyMap<string, readonly OrderState[]> {
  const rows = store.contradictions.all() as unknown as readonly (readonly [string, number])[];
  const states = new Map<string, OrderState[]>();
  for (const [orderId, state] of rows) {
    states.set(orderId, [...(states.get(orderId) ?? []), stateNamed(state)]);
  }
  return states;
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
