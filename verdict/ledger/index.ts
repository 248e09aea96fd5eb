/**
 * The ledger: what happened to every single order of a run.
 *
 * Four witnesses are read, each once and in a stream: the client's history, the streams (orders, outcomes, dead
 * letters), the provider's ledger and the projections. Each says facts about orders (facts.ts); an OrderTable keeps
 * them, about 110 bytes an order; `checkLedger` holds every order against the table of invariants (invariants.ts) and
 * gives back findings with sample orders. An invariant whose witnesses were not heard to the end is reported as not
 * checked, never as holding (sources.ts).
 *
 * Readers (read/) are the edges; everything else is pure.
 */

export type { AuditInputs, AuditProgress } from './audit.ts';
export { auditRun } from './audit.ts';
export type { Finding, LedgerCounts, LedgerInputs, LedgerResult, Sample } from './check.ts';
export { checkLedger } from './check.ts';
export type * from './facts.ts';
export { type InvariantName, invariantNames } from './invariants.ts';
export type { HistorySource } from './read/history.ts';
export { HistoryError, openHistory } from './read/history.ts';
export type { StreamStarts } from './read/streams.ts';
export type { SourceName, SourceState } from './sources.ts';
export { whole } from './sources.ts';
