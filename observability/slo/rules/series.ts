/**
 * The series that the rules record, for whoever queries them: dashboards, the status, the page.
 *
 * `slo` is the SLO's name. `chaos` is `counted`, or `excluded` where what happened in announced chaos windows is left
 * out. `window` is the duration that was looked back on, as Prometheus writes it.
 */
export const series = {
  /** Events that count since the step before; labels `slo`, `chaos`. No traffic is 0, no telemetry is no sample. */
  validEvents: 'slo:valid_events:step',
  /** Those of them that were bad; labels `slo`, `chaos`. */
  badEvents: 'slo:bad_events:step',
  /** Share of bad events; labels `slo`, `chaos`, `window`. No events, no sample. */
  errorRatio: 'slo:error_ratio',
  /** Number of bad events; labels `slo`, `chaos`, `window`. */
  badEventsSum: 'slo:bad_events:sum',
  /** Share of events that may be bad; label `slo`. A burn rate is `errorRatio` divided by it. */
  errorBudget: 'slo:error_budget:ratio',
  /** What is left of the budget of the SLO's window: 1 all, 0 nothing, negative overdrawn; labels `slo`, `chaos`. */
  budgetLeft: 'slo:error_budget_left:ratio',
  /** 1 while an announced chaos window is excluded, else 0; no labels. */
  chaosExcluded: 'slo:chaos_excluded:active',
  /** How many of the last 30 days' seconds were excluded; no labels. */
  chaosExcludedSeconds: 'slo:chaos_excluded:seconds',
} as const;
