/**
 * From what was seen of a run to a verdict.
 *
 * A load generator writes its client history (history.ts: one record an order, whose content follows from
 * workload.ts). After the run, ledger/ audits every order over history, streams, provider and projections; latency.ts measures
 * the history; `decideVerdict` (verdicts.ts) weighs the ledger, the SLOs and the conditions of the run into PASS, FAIL,
 * INCONCLUSIVE or ABORTED; report/ renders all of it for people and programs, chaos-toolkit/ for readers of another tool, and
 * compare/ tells what changed from one report to another. Meanwhile journal.ts keeps on disk what was
 * about to be done to the platform, so that a crash of the runner leaves nothing broken behind.
 *
 * Load generators import history.ts and workload.ts; nothing here imports them.
 */

export { renderChaosToolkit } from './chaos-toolkit/journal.ts';
export * from './checks/index.ts';
export { compareReports } from './compare/compare.ts';
export { renderComparison } from './compare/render.ts';
export * from './history.ts';
export * from './journal.ts';
export * from './latency.ts';
export * from './ledger/index.ts';
export * from './load-shape.ts';
export type { Percentiles } from './percentiles.ts';
export { readChartLibrary } from './report/html/chart-library.ts';
export { renderHtml } from './report/html/page.ts';
export { renderJson } from './report/json.ts';
export { renderJunit } from './report/junit.ts';
export * from './report/model.ts';
export { parseReport, ReportError } from './report/parse.ts';
export type { Palette } from './report/terminal.ts';
export { renderTerminal } from './report/terminal.ts';
export { sliceUsOf } from './timeline.ts';
export * from './verdicts.ts';
export * from './workload.ts';
