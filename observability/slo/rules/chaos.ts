import { operationMetrics } from '../../names/operations.ts';
import { duration, select } from '../promql.ts';
import type { Rule } from './rule.ts';
import { series } from './series.ts';
import type { Timing } from './timing.ts';

const periodSeconds = 30 * 86_400;
/** How long it must have been announced: longer than a few exports, shorter than a run takes to its first fault. */
const leadSeconds = 10;
/** How long one window, and how long all of them in the period may be excluded. */
const windowSecondsMax = 3_600;
const totalSecondsMax = 4 * 3_600;

/**
 * Whether the events of this step are excluded from the second budget. A chaos window is when it was announced
 * beforehand: its series stood at 0 some time before it went to 1. The range in which that 0 is looked for bounds how
 * long one window is excluded; the total bounds how many. What exceeds them counts, so that chaos cannot hide an outage.
 *
 * A step counts events that are some seconds old, so it is excluded when a window was open a short while ago.
 */
export function chaosExclusion({ silentSeconds, scaled }: Timing): Rule {
  const window = select(operationMetrics.chaosWindow);
  const wasOpen = `max_over_time(${window}[${duration(silentSeconds)}]) == 1`;
  const lookback = `${duration(scaled(windowSecondsMax))}] offset ${duration(leadSeconds)}`;
  const wasAnnounced = `min_over_time(${window}[${lookback}) == 0`;
  const isWithinTotal = `(${series.chaosExcludedSeconds} < bool ${scaled(totalSecondsMax)} or vector(1))`;
  return {
    record: series.chaosExcluded,
    expr: `group(${wasOpen} and ${wasAnnounced}) * ${isWithinTotal} or vector(0)`,
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
