import type { Condition } from '../verdicts.ts';
import { type Pulse, sumBeats } from './pulse.ts';

/** With fewer orders than this nothing is said of a phase. */
const ordersMin = 20;
/** Connections are opened and code is warmed up meanwhile, milliseconds. */
const warmUpMs = 1_000;
/** Orders that were on their way when the fault struck are its doing. */
const underWayMs = 500;
/** A platform that is left alone may be busy, cold or on a shared machine; beyond this it is ill. */
const failedShareMax = 0.02;
const lateShareMax = 0.1;

/** An order that waits longer than this is late on a platform that nobody has touched, milliseconds. */
export const calmLateAfterMs = 1_000;

/**
 * Whether clients were served well before anything was broken: what comes afterwards says nothing otherwise.
 *
 * @param pulse taken with {@link calmLateAfterMs}
 * @param untilMs when the first fault was injected, after the start of the load
 */
export function checkCalmBefore(pulse: Pulse, untilMs: number): Condition {
  const { orders, late, sends, failedSends } = sumBeats(pulse, warmUpMs, untilMs - underWayMs);
  if (orders < ordersMin) {
    const detail = `only ${orders} orders were sent before the first fault, which tell nothing (${ordersMin} would)`;
    return { status: 'unknown', detail };
  }
  const problems = [
    ...(failedSends > sends * failedShareMax
      ? [`${failedSends} of ${sends} sends before the first fault failed`]
      : []),
    ...(late > orders * lateShareMax
      ? [`${late} of ${orders} orders before the first fault waited longer than ${calmLateAfterMs} ms`]
      : []),
  ];
  return problems.length === 0 ? { status: 'met' } : { status: 'not-met', detail: problems.join('; ') };
}
