import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { orderStates } from './order.ts';

/** The SQL of the projection: its statements, and the rows that they give, column by column. */

export type OutcomeColumns = readonly [state: number, reason: string, chargeId: string];
export type KeyColumns = readonly [n: number, orderId: string, chargeKey: string | null];
export type ChargeColumns = readonly [orderId: string, position: number];
export type ExportColumns = readonly [
  n: number,
  orderId: string,
  amountMinor: number,
  currency: string,
  state: number,
];
export type ViewColumns = readonly [
  orderId: string,
  clientId: string,
  customerId: string,
  amountMinor: number,
  currency: string,
  state: number,
  reason: string | null,
  chargeId: string | null,
  position: number,
];

/** An operator may put such an order back (docs/decisions/0015-outcomes-after-a-redrive.md). */
const deadLettered = orderStates.indexOf('dead-lettered');

/** The statements of the projection over one open file; they end with it. */
export type Store = ReturnType<typeof prepareStore>;

export function prepareStore(database: DatabaseSync) {
  /** Rows as arrays: an object per row would cost more than reading it. */
  const sql = (text: string): StatementSync => {
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    database,
    putStream: sql('INSERT OR REPLACE INTO streams VALUES (?, ?, ?)'),
    movePosition: sql('UPDATE streams SET position = ? WHERE name = ?'),
    streams: sql('SELECT name, created, position FROM streams'),
    runs: sql('SELECT run_id, id FROM runs'),
    insertRun: sql('INSERT INTO runs VALUES (NULL, ?)'),
    insertOrder: sql(`
      INSERT INTO orders (n, order_id, charge_key, position, client_id, customer_id, amount_minor, currency, run,
        received_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    fillOrder: sql(`
      UPDATE orders SET charge_key = ?, position = ?, client_id = ?, customer_id = ?, amount_minor = ?, currency = ?,
        run = ?, received_at_ms = ? WHERE n = ? AND position IS NULL`),
    insertOutcome: sql(`
      INSERT INTO orders (n, order_id, state, reason, charge_id, received_at_ms) VALUES (?, ?, ?, ?, ?, ?)`),
    settle: sql(`
      UPDATE orders SET state = ?, reason = ?, charge_id = ? WHERE n = ? AND order_id = ?
        AND state IN (0, ${deadLettered})`),
    has: sql('SELECT 1 FROM orders WHERE n = ? AND order_id = ?'),
    outcome: sql('SELECT state, reason, charge_id FROM orders WHERE n = ? AND order_id = ?'),
    insertContradiction: sql('INSERT OR IGNORE INTO contradictions VALUES (?, ?, ?, ?)'),
    contradictions: sql('SELECT n, state FROM contradictions'),
    edges: sql('SELECT (SELECT min(n) FROM orders), (SELECT max(n) FROM orders)'),
    deleteBelow: sql('DELETE FROM orders WHERE n < ?'),
    deleteOld: sql('DELETE FROM orders WHERE n < ? AND received_at_ms < ?'),
    deleteOrphans: sql('DELETE FROM contradictions WHERE n NOT IN (SELECT n FROM orders)'),
    charge: sql(`
      SELECT order_id, position FROM orders WHERE n = ? AND charge_key = ? AND received_at_ms > ?`),
    view: sql(`
      SELECT order_id, client_id, customer_id, amount_minor, currency, state, reason, charge_id, position
      FROM orders WHERE n = ? AND order_id = ? AND position IS NOT NULL`),
    keys: sql('SELECT n, order_id, charge_key FROM orders WHERE n BETWEEN ? AND ?'),
    page: sql(`
      SELECT n, order_id, amount_minor, currency, state FROM orders
      WHERE n BETWEEN ? AND ? AND position IS NOT NULL`),
    pageOfRun: sql(`
      SELECT n, order_id, amount_minor, currency, state FROM orders
      WHERE n BETWEEN ? AND ? AND position IS NOT NULL AND run = ?`),
  };
}

/** What the file says about a stream that it follows. */
export type KnownStream = { readonly created: string; readonly position: number };

export function readStreams(store: Store): ReadonlyMap<string, KnownStream> {
  const rows = store.streams.all() as unknown as readonly (readonly [string, string, number])[];
  return new Map(rows.map(([name, created, position]) => [name, { created, position }]));
}

export function readPositions(store: Store): { readonly orders: number; readonly outcomes: number } {
  const streams = readStreams(store);
  return {
    orders: streams.get('orders')?.position ?? 0,
    outcomes: streams.get('outcomes')?.position ?? 0,
  };
}

export function readRuns(store: Store): Map<string, number> {
  return new Map(store.runs.all() as unknown as readonly (readonly [string, number])[]);
}

/** The lowest and the highest row number; undefined when there are none. */
export function readEdges(store: Store): { readonly first: number; readonly last: number } | undefined {
  const [first, last] = store.edges.get() as unknown as readonly [number | null, number | null];
  return first === null || last === null ? undefined : { first, last };
}

/** The states claimed by outcomes that are kept beside the first one of their order, by row number. */
export function readContradictions(store: Store): ReadonlyMap<number, readonly number[]> {
  const rows = store.contradictions.all() as unknown as readonly (readonly [n: number, state: number])[];
  const states = new Map<number, number[]>();
  for (const [n, state] of rows) states.set(n, [...(states.get(n) ?? []), state]);
  return states;
}
