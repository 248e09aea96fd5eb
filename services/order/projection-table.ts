import { setImmediate as nextTurn } from 'node:timers/promises';
import { createKeyIndex, type KeyIndex } from '../runtime/index.ts';
import type { Stored } from './accept.ts';
import { type OrderState, orderStates } from './order.ts';
import {
  type ChargeColumns,
  type ExportColumns,
  type KeyColumns,
  type OutcomeColumns,
  readContradictions,
  readEdges,
  readRuns,
  type Store,
  type ViewColumns,
} from './projection-store.ts';
import type { OrderRow, OutcomeRow } from './wire.ts';

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
  /** Terminal states that other outcomes of the order claimed after the one that stands; usually none. */
  readonly contradictedBy: readonly OrderState[];
};

/**
 * The orders of a projection's file, found by their keys. What is written is part of the transaction that is open in the
 * store, whose end the table must be told of.
 */
export type OrderTable = {
  /** Keeps what an order is, unless it is known. */
  putOrder(row: OrderRow, position: number): void;
  /**
   * Keeps how an order ended, unless that is known. A dead letter is not the end: what comes after it takes its place.
   *
   * @returns whether it contradicts the outcome of its order that stands, as none before did
   */
  putOutcome(row: OutcomeRow): boolean;
  /** Deletes the oldest rows that are too old or too many, at most twice as many as came since it was last called. */
  prune(): void;
  committed(): void;
  rolledBack(): void;
  /** The first order stored under a charge key, while that is remembered. */
  find(chargeKey: string): Stored | undefined;
  get(orderId: string): OrderView | undefined;
  /** The orders of a run, or all, in pages that leave the event loop free in between. */
  rows(runId?: string): AsyncGenerator<readonly ExportedOrder[]>;
};

/** Rows that are read at once: a few milliseconds of the event loop. */
const pageRows = 2_000;

/**
 * Generations of the key indexes beside the one that fills up. That many waste an eighth of the memory on rows that are
 * gone, and a miss takes 0.7 µs.
 */
const generations = 8;
/** They take 64 MiB each; beyond 8 of them the indexes grow as rows come. */
const rowsPerGenerationMax = 5_000_000;

/** Reads the keys of all orders; 5 million take 4 s. */
export function openOrderTable(
  store: Store,
  options: {
    readonly rowsMax: number;
    readonly rowRetentionMs: number;
    readonly keyMemoryMs: number;
    readonly now: () => number;
  },
): OrderTable {
  const { now, rowsMax } = options;
  let runs = readRuns(store);
  let hasContradictions = readContradictions(store).size > 0;
  /** No row is below `first`, none is above `last`; numbers rise for as long as the table is open. */
  let edges = readEdges(store) ?? { first: 1, last: 0 };
  let committedEdges = edges;
  const createIndex = (): KeyIndex =>
    createKeyIndex({
      firstRow: edges.first,
      generations: generations + 1,
      rowsPerGeneration: Math.min(Math.ceil(rowsMax / generations), rowsPerGenerationMax),
    });
  /** They name every row that is there, by its order id and its charge key, and may name some that are gone. */
  const byOrderId = createIndex();
  const byChargeKey = createIndex();
  /** Rows since the last {@link OrderTable.prune}. */
  let added = 0;

  const addRow = (orderId: string): number => {
    const n = edges.last + 1;
    edges = { ...edges, last: n };
    byOrderId.add(orderId, n);
    added += 1;
    return n;
  };

  const addChargeKey = (chargeKey: string, n: number): void => {
    // Orders of other publishers may have none.
    if (chargeKey !== '') byChargeKey.add(chargeKey, n);
  };

  const runNumber = (runId: string): number | null => {
    if (runId === '') return null;
    const known = runs.get(runId);
    if (known !== undefined) return known;
    const number = Number(store.insertRun.run(runId).lastInsertRowid);
    runs.set(runId, number);
    return number;
  };

  const readKeys = (): void => {
    for (let from = edges.first; from <= edges.last; from += pageRows) {
      const page = store.keys.all(from, from + pageRows - 1) as unknown as readonly KeyColumns[];
      for (const [n, orderId, chargeKey] of page) {
        byOrderId.add(orderId, n);
        addChargeKey(chargeKey ?? '', n);
      }
      byOrderId.commit(edges.first);
      byChargeKey.commit(edges.first);
    }
  };
  readKeys();

  return {
    putOrder(row, position) {
      const { orderId, chargeKey } = row;
      const columns = [
        chargeKey,
        position,
        row.clientId,
        row.customerId,
        row.amountMinor,
        row.currency,
        runNumber(row.runId),
        row.receivedAtMs,
      ] as const;
      const known = byOrderId.find(orderId, (n) => store.has.get(n, orderId) !== undefined);
      if (known === undefined) {
        const n = addRow(orderId);
        store.insertOrder.run(n, orderId, ...columns);
        addChargeKey(chargeKey, n);
      } else if (store.fillOrder.run(...columns, known).changes === 1) {
        addChargeKey(chargeKey, known);
      }
    },
    putOutcome({ orderId, state, reason, chargeId, receivedAtMs }) {
      let first: OutcomeColumns | undefined;
      const known = byOrderId.find(orderId, (n) => {
        if (store.settle.run(state, reason, chargeId, n, orderId).changes === 1) return true;
        first = store.outcome.get(n, orderId) as unknown as OutcomeColumns | undefined;
        return first !== undefined;
      });
      if (known === undefined) {
        store.insertOutcome.run(addRow(orderId), orderId, state, reason, chargeId, receivedAtMs);
        return false;
      }
      if (first === undefined || isSameOutcome(first, [state, reason, chargeId])) return false;
      hasContradictions = true;
      return store.insertContradiction.run(known, state, reason, chargeId).changes === 1;
    },
    prune() {
      if (added === 0) return;
      const { first, last } = edges;
      const surplus = last - first + 1 - rowsMax;
      const end = first + 2 * added;
      added = 0;
      if (surplus > 0) store.deleteBelow.run(Math.min(first + surplus, end));
      store.deleteOld.run(end, now() - options.rowRetentionMs);
      edges = { first: readEdges(store)?.first ?? last + 1, last };
      if (hasContradictions) store.deleteOrphans.run();
    },
    committed() {
      committedEdges = edges;
      byOrderId.commit(edges.first);
      byChargeKey.commit(edges.first);
    },
    rolledBack() {
      edges = committedEdges;
      added = 0;
      byOrderId.rollback();
      byChargeKey.rollback();
      runs = readRuns(store);
    },
    find(chargeKey) {
      const rememberedFromMs = now() - options.keyMemoryMs;
      let first: ChargeColumns | undefined;
      byChargeKey.find(chargeKey, (n) => {
        const row = store.charge.get(n, chargeKey, rememberedFromMs) as unknown as ChargeColumns | undefined;
        if (row !== undefined && (first === undefined || row[1] < first[1])) first = row;
        return false;
      });
      return first === undefined ? undefined : { orderId: first[0], position: first[1] };
    },
    get(orderId) {
      let row: ViewColumns | undefined;
      byOrderId.find(orderId, (n) => {
        row = store.view.get(n, orderId) as unknown as ViewColumns | undefined;
        return row !== undefined;
      });
      return row === undefined ? undefined : toView(row);
    },
    async *rows(runId) {
      const run = runId === undefined ? undefined : runs.get(runId);
      if (runId !== undefined && run === undefined) return;
      const contradictions = readContradictions(store);
      const { first, last } = edges;
      for (let from = first; from <= last; from += pageRows) {
        const to = Math.min(from + pageRows - 1, last);
        const page = run === undefined ? store.page.all(from, to) : store.pageOfRun.all(from, to, run);
        if (page.length > 0) {
          yield (page as unknown as readonly ExportColumns[]).map(
            ([n, orderId, amountMinor, currency, state]) => ({
              orderId,
              amountMinor,
              currency,
              state: stateNamed(state),
              contradictedBy: (contradictions.get(n) ?? []).map(stateNamed),
            }),
          );
        }
        await nextTurn();
      }
    },
  };
}

function isSameOutcome(one: OutcomeColumns, other: OutcomeColumns): boolean {
  return one.every((column, index) => column === other[index]);
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
