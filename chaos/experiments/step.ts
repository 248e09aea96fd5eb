import type { LoadPlan, Step } from '../core/experiment.ts';
import type { FaultRequest } from '../core/fault.ts';
import type { Parameter } from '../core/parameters.ts';

/** Enough orders to tell of each second what happened, little enough for a laptop. */
export const forExperiments: LoadPlan = { rate: 500, durationSeconds: 20 };

/** Redeliveries per order where nothing should cause any: less than the groups that payment holds at a time amount to. */
export const hardlyAny = 0.0002;

/** For an outage that must not go by unseen: a breaker, an alert, a probe, a backlog or clients tell of it in this time. */
export const mustBeNoticed = { detectMs: 10_000 };

/** Where clients must notice nothing, a run in which half of their sends fail has shown that they do. */
export const endsWhenHalfFail = { failedShareMax: 0.5 };

/** How long the faults of an experiment hold. */
export const holdMs = (byDefault: number): Parameter => ({
  ...{ unit: 'ms', min: 1_000, max: 600_000, default: byDefault, meaning: 'how long the fault holds' },
});

/** The steps of an experiment that breaks one thing once, a fifth into the load. */
export function oneStep<Values extends { readonly holdMs: number }>(
  faults: (values: Values) => readonly FaultRequest[],
): (values: Values) => readonly Step[] {
  return (values) => [{ at: 0.2, faults: faults(values), holdMs: values.holdMs }];
}
