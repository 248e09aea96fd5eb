/**
 * The promises to customers as data, and everything that follows from them.
 *
 * An SLO is a file of this folder (`settlement.ts`): its SLI by the registry's names, its objective, window, owner and
 * runbook; `slos.ts` lists them. `rules/` turns them, with the alerts about the platform in `alerts/`, into the rule file of
 * Prometheus; `openslo/` writes and reads them in the words of others. All that is pure: data in, text out. `status/` asks a
 * Prometheus that evaluates the rules how the promises stand.
 */
export type { Slo } from './model.ts';
export { OpenSloError } from './openslo/errors.ts';
export { renderOpenSlo } from './openslo/export.ts';
export { parseOpenSlo } from './openslo/import.ts';
export { type RuleOptions, renderRules } from './rules/render.ts';
export { series } from './rules/series.ts';
export { slos } from './slos.ts';
export { type InstantSample, PrometheusError, queryInstant } from './status/prometheus.ts';
export { type Query, readSloStatus } from './status/read.ts';
export { type Coverage, coverageOf, eventsToTell, type SloStatus, type SloVerdict } from './status/status.ts';
