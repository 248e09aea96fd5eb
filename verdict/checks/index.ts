/**
 * Judgements over a run beyond what became of its orders: whether clients were served well before anything was broken
 * (calm.ts), whether each phase of a load kept what is promised to customers (phases.ts), what told of each fault and how long the platform took to be as before (detection.ts, recovery.ts), and how it
 * behaved meanwhile (behaviour.ts).
 *
 * Whether the alerts told that a run expects is judged by what was heard of them (alerts.ts).
 *
 * All are pure, over the client history, taken down to a pulse (pulse.ts), and over what was sampled once a second
 * (series.ts). What came more than once is counted (duplicates.ts). Each tells apart what was broken from what nobody
 * could see.
 */
export {
  type AlertCourse,
  type AlertPromise,
  checkAlerts,
  describeAlert,
  type ExpectedAlert,
  type HeardAlert,
  isExpected,
} from './alerts.ts';
export { type Behaviour, checkBehaviour, describeExpectations, type Expectations } from './behaviour.ts';
export { calmLateAfterMs, checkCalmBefore } from './calm.ts';
export type { NamedCheck, StepSpan } from './course.ts';
export { countDuplicates } from './duplicates.ts';
export { acceptanceObjectives } from './objectives.ts';
export { checkKnee, checkPhases, findKnee, judgeOnMachine, measurePhases } from './phases.ts';
export { type Pulse, takePulse } from './pulse.ts';
export { checkRecoveries } from './recovery.ts';
