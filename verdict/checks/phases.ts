import type { AttemptRecord } from '../history.ts';
import { type PlannedShape, phaseWindows } from '../load-shape.ts';
import type { ReportKnee, ReportLoadPhase, ReportMachine } from '../report/model.ts';
import type { Condition } from '../verdicts.ts';
import type { NamedCheck } from './course.ts';
import type { Objectives } from './objectives.ts';

/** With fewer orders than this nothing is said of a phase. */
const ordersMin = 20;

/** What clients saw in each phase of a load, in one pass over the history. An order is of the phase in which it was due. */
export async function measurePhases(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  shape: PlannedShape,
  objectives: Objectives,
): Promise<readonly ReportLoadPhase[]> {
  const windows = phaseWindows(shape);
  const counts = windows.map(() => ({ attempted: 0, accepted: 0, within: 0, sends: 0, acceptedSends: 0 }));
  for await (const batch of batches) {
    for (const { intendedAtUs, answers } of batch) {
      const count =
        counts[windows.findIndex(({ fromUs, toUs }) => intendedAtUs >= fromUs && intendedAtUs < toUs)];
      if (count === undefined) continue;
      count.attempted++;
      count.sends += answers.length;
      const accepted = answers.findLast(({ status }) => status === 201);
      if (accepted === undefined) continue;
      count.accepted++;
      count.acceptedSends++;
      if (accepted.answeredAfterUs <= objectives.withinMs * 1_000) count.within++;
    }
  }
  return shape.phases.flatMap((phase, at): readonly ReportLoadPhase[] => {
    const [window, count] = [windows[at], counts[at]];
    if (window === undefined || count === undefined) return [];
    const { attempted, accepted, within, sends, acceptedSends } = count;
    const { name, startRate, endRate, isJudged, planned } = phase;
    const { fromUs, toUs } = window;
    const figures = {
      ...{ name, startRate, endRate, isJudged, fromUs, toUs, planned, attempted, accepted },
      ...{ withinMs: objectives.withinMs, withinShare: ratio(within, accepted) },
      acceptedShare: ratio(acceptedSends, sends),
    };
    return [{ ...figures, promises: judgePhase(figures, objectives) }];
  });
}

function ratio(count: number, of: number): number | undefined {
  return of === 0 ? undefined : count / of;
}

/** Whether a phase kept what is promised to customers; what was not sent, or too little, leaves it unknown. Pure. */
export function judgePhase(
  figures: Omit<ReportLoadPhase, 'promises'>,
  { withinMs, withinShareMin, acceptedShareMin }: Objectives,
): Condition {
  const { planned, attempted, accepted, isJudged, withinShare = 0, acceptedShare = 0 } = figures;
  if (attempted < planned) {
    const detail = `${planned - attempted} of its ${planned} orders were not sent`;
    return { status: 'unknown', detail };
  }
  if (attempted < ordersMin) {
    return { status: 'unknown', detail: `${attempted} orders tell nothing (${ordersMin} would)` };
  }
  const problems = [
    ...(withinShare < withinShareMin
      ? [
          `only ${percent(withinShare)} of the accepted orders waited at most ${withinMs} ms (promised: ${percent(withinShareMin)})`,
        ]
      : []),
    ...(acceptedShare < acceptedShareMin
      ? [`only ${percent(acceptedShare)} of the sends got a 201 (promised: ${percent(acceptedShareMin)})`]
      : []),
    // Sends may fail now and then; an order that nobody took in the end, where all ought to be, is no matter of shares.
    ...(isJudged && accepted < attempted
      ? [`${attempted - accepted} of ${attempted} orders were never accepted`]
      : []),
  ];
  return problems.length === 0 ? { status: 'met' } : { status: 'not-met', detail: problems.join('; ') };
}

/** The phases that are to be judged, as checks. */
export function checkPhases(phases: readonly ReportLoadPhase[]): readonly NamedCheck[] {
  return phases
    .filter(({ isJudged }) => isJudged)
    .map(({ name, promises }) => ({ name: `the promises hold in phase ${name}`, check: promises }));
}

/** How many processes may have waited for each core before a run, on average over a minute. */
const busyFactorMax = 2;

/**
 * On a machine that others kept busy already, broken promises say nothing of the platform: they are not known then. What was kept
 * all the same was kept.
 */
export function checkOnMachine(
  checks: readonly NamedCheck[],
  { cores, loadAverageBefore }: Pick<ReportMachine, 'cores' | 'loadAverageBefore'>,
): readonly NamedCheck[] {
  if (loadAverageBefore <= busyFactorMax * cores) return checks;
  const busy = `the machine was busy before (load average ${loadAverageBefore.toFixed(1)}, ${cores} cores)`;
  return checks.map(({ name, check }) =>
    check.status === 'not-met'
      ? { name, check: { status: 'unknown', detail: `${check.detail}, but ${busy}` } }
      : { name, check },
  );
}

/**
 * The knee of a load in steps: the highest one that kept the promises, all of whose orders were sent. It is one only if the step
 * above it was sent as well and broke them; otherwise it may be higher.
 */
export function findKnee(phases: readonly ReportLoadPhase[]): ReportKnee {
  // The first phase warms up.
  const [, ...steps] = phases;
  const at = steps.findLastIndex(({ promises }) => promises.status === 'met');
  const [knee, above] = [steps[at], steps[at + 1]];
  if (knee === undefined) return { step: undefined, rate: undefined, above: above?.promises };
  return { step: knee.name, rate: Math.max(knee.startRate, knee.endRate), above: above?.promises };
}

/** Whether a knee was found; pure. */
export function checkKnee({ rate, above }: ReportKnee): NamedCheck {
  const name = 'the knee is found';
  if (above === undefined) {
    const detail = `every step kept the promises: it lies above ${rate} orders/s (--rate goes higher)`;
    return { name, check: { status: 'unknown', detail } };
  }
  if (above.status === 'unknown') {
    const where = rate === undefined ? 'anywhere' : `above ${rate} orders/s`;
    return { name, check: { status: 'unknown', detail: `it may lie ${where}: ${above.detail}` } };
  }
  if (rate === undefined) {
    const detail = above.status === 'not-met' ? above.detail : '';
    return {
      name,
      check: { status: 'not-met', detail: `not even the lowest step kept the promises: ${detail}` },
    };
  }
  return { name, check: { status: 'met' } };
}

/** Shares as of SLOs: `99.95 %`. */
function percent(share: number): string {
  // Rounded down, so that what falls short never looks as if it did not.
  return `${Math.floor(share * 1e4) / 1e2} %`;
}
