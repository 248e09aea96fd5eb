import type { NatsConnection } from '@nats-io/nats-core';
import type { LedgerInputs, LedgerResult } from './check.ts';
import { checkLedger } from './check.ts';
import { OrderTable } from './order-table.ts';
import type { HistorySource } from './read/history.ts';
import { attemptFact, HistoryError, historyState } from './read/history.ts';
import { readCharges, readProjection } from './read/listings.ts';
import type { StreamStarts } from './read/streams.ts';
import { readRest, readStreams } from './read/streams.ts';
import type { SourceState } from './sources.ts';

export type AuditInputs = {
  /** Orders of this run only; undefined audits everything that is stored. */
  readonly runId: string | undefined;
  /** What the client saw; undefined audits without it, and says which invariants that leaves unchecked. */
  readonly history?: HistorySource;
  /** An open connection; the caller closes it. */
  readonly connection: NatsConnection;
  readonly starts?: StreamStarts;
  /** Base URL of the provider's admin listener; undefined where the provider keeps its ledger to itself. */
  readonly providerAdminUrl?: string;
  /** Base URLs of the order replicas' admin listeners by replica (`order-0`). */
  readonly orderAdminUrls: Readonly<Record<string, string>>;
  /** Whether the platform has come to rest: every order settled and every projection caught up. */
  readonly drain: SourceState;
  /** Default: nothing is expected. */
  readonly expected?: LedgerInputs['expected'];
  /** Called often: throttle what is costly. */
  readonly onProgress?: (progress: AuditProgress) => void;
  /** Ends the audit early; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
};

export type AuditProgress = {
  /** What is read now, in the words of a person: `stream ORDERS`. */
  readonly step: string;
  readonly done: number;
  /** Undefined when nobody knows. */
  readonly total?: number;
};

/**
 * Reads every source of a run once, causes before effects (client, streams, provider, projections), and judges it.
 *
 * A source that cannot be read, or not to its end, is a gap of the result; nothing is taken for granted in its place.
 *
 * @throws when the history is something else than a history
 */
export async function auditRun(inputs: AuditInputs): Promise<LedgerResult> {
  const { runId, connection, signal, onProgress = () => {} } = inputs;
  const table = new OrderTable(inputs.history?.manifest.planned);
  const history = await readHistory(table, inputs.history, onProgress);
  signal?.throwIfAborted();

  const streams = await readStreams(table, connection, {
    runId,
    starts: inputs.starts ?? {},
    onProgress: (stream, done, total) => onProgress({ step: `stream ${stream}`, done, total }),
    ...(signal && { signal }),
  });

  onProgress({ step: "the provider's ledger", done: 0 });
  const provider: SourceState =
    inputs.providerAdminUrl === undefined
      ? { kind: 'not-used', why: 'the provider does not show its ledger' }
      : await readCharges(table, inputs.providerAdminUrl, runId, signal);

  const replicas = new Map<string, SourceState>();
  for (const [replica, url] of Object.entries(inputs.orderAdminUrls)) {
    onProgress({ step: `projection of ${replica}`, done: 0 });
    replicas.set(replica, await readProjection(table, replica, url, runId, signal));
  }

  // What is stored after the streams were read shows up at the provider and in the projections only.
  const drain = inputs.drain.kind === 'whole' ? await readRest(connection, streams.ends) : inputs.drain;

  onProgress({ step: 'checking', done: 0, total: table.size });
  return checkLedger(table, {
    sources: { history, ...streams.states, provider, drain },
    replicas,
    undecodable: streams.undecodable,
    orderlessDeadLetters: streams.orderlessDeadLetters,
    expected: inputs.expected ?? new Set(),
  });
}

async function readHistory(
  table: OrderTable,
  history: HistorySource | undefined,
  onProgress: (progress: AuditProgress) => void,
): Promise<SourceState> {
  if (history === undefined) return { kind: 'not-used', why: 'audited without a client history' };
  const { manifest } = history;
  let records = 0;
  try {
    for await (const batch of history.batches()) {
      for (const record of batch) table.addAttempt(attemptFact(manifest, record));
      records += batch.length;
      onProgress({ step: 'client history', done: records, total: manifest.planned });
    }
  } catch (error) {
    if (!(error instanceof HistoryError) || error.code !== 'damaged') throw error;
    return { kind: 'part', why: `${error.message} after ${records} records` };
  }
  // Nothing but the history has been read so far, so the table's rows are its orders.
  return historyState(manifest, records, table.size);
}
