import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The SQL of the projection: its statements, and the rows that they give, column by column. */

export type OutcomeColumns = readonly [state: number, reason: string, chargeId: string];
export type ExportColumns = readonly [orderId: string, amountMinor: number, currency: string, state: number];
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
      INSERT INTO orders (order_id, charge_key, position, client_id, customer_id, amount_minor, currency, run,
        received_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (order_id) DO UPDATE SET charge_key = excluded.charge_key, position = excluded.position,
        client_id = excluded.client_id, customer_id = excluded.customer_id, amount_minor = excluded.amount_minor,
        currency = excluded.currency, run = excluded.run, received_at_ms = excluded.received_at_ms
        WHERE orders.position IS NULL`),
    insertOutcome: sql(`
      INSERT INTO orders (order_id, state, reason, charge_id, received_at_ms) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, reason = excluded.reason,
        charge_id = excluded.charge_id WHERE orders.state = 0`),
    outcome: sql('SELECT state, reason, charge_id FROM orders WHERE order_id = ?'),
    insertContradiction: sql('INSERT OR IGNORE INTO contradictions VALUES (?, ?, ?, ?)'),
    contradictions: sql('SELECT order_id, state FROM contradictions'),
    edges: sql('SELECT (SELECT min(n) FROM orders), (SELECT max(n) FROM orders)'),
    deleteBelow: sql('DELETE FROM orders WHERE n < ?'),
    deleteOld: sql('DELETE FROM orders WHERE n < ? AND received_at_ms < ?'),
    deleteOrphans: sql('DELETE FROM contradictions WHERE order_id NOT IN (SELECT order_id FROM orders)'),
    byChargeKey: sql(`
      SELECT order_id, position FROM orders WHERE charge_key = ? AND received_at_ms > ? ORDER BY position LIMIT 1`),
    byOrderId: sql(`
      SELECT order_id, client_id, customer_id, amount_minor, currency, state, reason, charge_id, position
      FROM orders WHERE order_id = ? AND position IS NOT NULL`),
    page: sql(`
      SELECT order_id, amount_minor, currency, state FROM orders
      WHERE n BETWEEN ? AND ? AND position IS NOT NULL`),
    pageOfRun: sql(`
      SELECT order_id, amount_minor, currency, state FROM orders
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

/** The lowest and the highest row number; `last` < `first` when there are none. */
export function readEdges(store: Store): { readonly first: number; readonly last: number } {
  const [first, last] = store.edges.get() as unknown as readonly [number | null, number | null];
  return { first: first ?? 1, last: last ?? 0 };
}

/** How many outcomes are kept beside the first one of their order. */
export function readContradictions(store: Store): number {
  return store.contradictions.all().length;
}
