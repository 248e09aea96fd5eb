import type { Share } from '../../verdict/history.ts';
import type { Schedule } from './schedule.ts';

/** The orders of a run that one generator sends, by their place among its own. */
export type SharedSchedule = Schedule & {
  /** Which order of the run it is; its idempotency key follows from that, so generators never send the same one. */
  readonly orderAt: (position: number) => number;
};

/**
 * Every `count`-th order of a schedule, at the times at which the run has them: together, generators send what one would
 * have sent, and each has the same part of every phase.
 */
export function shareOf(schedule: Schedule, { index, count }: Share): SharedSchedule {
  const orderAt = (position: number) => position * count + index;
  return {
    planned: Math.max(0, Math.ceil((schedule.planned - index) / count)),
    intendedAtUs: (position) => schedule.intendedAtUs(orderAt(position)),
    orderAt,
  };
}
