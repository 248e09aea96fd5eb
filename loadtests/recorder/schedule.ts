import type { LoadPhase } from '../../verdict/load-shape.ts';
import { courseOf } from '../shapes/course.ts';

/** When each order of a run should be sent; a pure function of the order's index. */
export type Schedule = {
  /** How many orders the run is to send. */
  readonly planned: number;
  /** Microseconds after the run's start; never decreases with the index. */
  readonly intendedAtUs: (index: number) => number;
};

/**
 * An open-loop schedule of one rate: sends fall due whether or not earlier ones were answered.
 *
 * @param rate orders per second, above 0
 * @param durationSeconds above 0
 */
export function constantRate(rate: number, durationSeconds: number): Schedule {
  const gapUs = 1_000_000 / rate;
  return {
    planned: Math.floor(rate * durationSeconds),
    intendedAtUs: (index) => Math.round(index * gapUs),
  };
}

/**
 * An open-loop schedule of a rate that goes from phase to phase: an order falls due when the integral of the rate reaches its
 * index, so the first one at once, as with {@link constantRate}.
 */
export function shapedRate(phases: readonly LoadPhase[]): Schedule {
  const { orders, dueAtUs } = courseOf(phases);
  return { planned: Math.floor(orders), intendedAtUs: dueAtUs };
}
