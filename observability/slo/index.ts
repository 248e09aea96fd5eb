/**
 * The promises to customers as data, and everything that follows from them.
 *
 * An SLO is a file of this folder (`settlement.ts`): its SLI by the registry's names, its objective, window, owner and
 * runbook; `slos.ts` lists them. `rules/` turns them, with the alerts about the platform in `alerts/`, into the rule file of
 * Prometheus. Everything here is pure: data in, text or figures out; whoever runs Prometheus writes the text to a file.
 */
export { type Inhibition, inhibitions } from './labels.ts';
export type { Slo } from './model.ts';
export { type RuleOptions, renderRules } from './rules/render.ts';
export { series } from './rules/series.ts';
export { slos } from './slos.ts';
