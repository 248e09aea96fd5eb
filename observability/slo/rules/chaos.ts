import { operationMetrics } from '../../names/operations.ts';
import { duration, fresh, select } from '../promql.ts';
import type { Rule } from './rule.ts';
import { series } from './series.ts';
import type { Timing } from './timing.ts';

const periodSeconds = 30 * 86_400;

/**
 * Whether the events of this step are excluded from the second budget. A chaos window is, when it was announced
 * beforehand: its series stood at 0 some time before it went to 1. The range in which that 0 is looked for bounds how
 * long one window is excluded; the total bounds how many. What exceeds them counts, so that chaos cannot hide an outage.
 */
export function chaosExclusion({ chaos }: Timing): Rule {
  const window = select(operationMetrics.chaosWindow);
  const { leadSeconds, windowSecondsMax, totalSecondsMax } = chaos;
  const announced = `min_over_time(${window}[${duration(windowSecondsMax)}] offset ${duration(leadSeconds)}) == 0`;
  const isWithinTotal = `(${series.chaosExcludedSeconds} < bool ${totalSecondsMax} or vector(1))`;
  return {
    record: series.chaosExcluded,
    expr: `group(${fresh(window)} == 1 and ${announced}) * ${isWithinTotal} or vector(0)`,
  };
}

/** How long chaos windows have been excluded; scaled like everything else. */
export function chaosTotal({ stepSeconds, scaled }: Timing): Rule {
  const period = duration(scaled(periodSeconds));
  return {
    record: series.chaosExcludedSeconds,
    expr: `sum_over_time(${series.chaosExcluded}[${period}]) * ${stepSeconds}`,
  };
}
