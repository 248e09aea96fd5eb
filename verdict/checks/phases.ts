import type { AttemptRecord } from '../history.ts';
import { type PlannedShape, phaseWindows } from '../load-shape.ts';
import type { ReportKnee, ReportLoadPhase, ReportMachine } from '../report/model.ts';
import type { Condition } from '../verdicts.ts';
import type { NamedCheck } from './course.ts';
import type { Objectives } from './objectives.ts';

/** What clients saw in each phase of a load, in one pass over the history. An order is of the phase in which it was due. */
export async function measurePhases(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  shape: PlannedShape,
  objectives: Objectives,
  ordersPerRequest?: number,
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
    return [{ ...figures, promises: judgePhase(figures, objectives, { ordersPerRequest }) }];
  });
}

function ratio(count: number, of: number): number | undefined {
  return of === 0 ? undefined : count / of;
}

/** What a phase is judged by beside its figures. */
type Judging = {
  /** The orders of a request share its fate: chance draws requests. Default 1. */
  readonly ordersPerRequest?: number | undefined;
  /** Why nobody can tell whose the waiting was; undefined where it was the platform's. */
  readonly excuse?: string | undefined;
};

/**
 * Whether a phase kept what is promised to customers; what was not sent, or too little, leaves it unknown. Pure.
 *
 * A share is promised: of fewer than 1 / (1 - share) requests a single slow one would break it, and none at all shows little. For
 * waiting such a phase is unknown. For refusals it is where a single request is all that failed; that none did, nobody can better.
 */
export function judgePhase(
  figures: Omit<ReportLoadPhase, 'promises'>,
  { withinMs, withinShareMin, acceptedShareMin }: Objectives,
  { ordersPerRequest = 1, excuse }: Judging = {},
): Condition {
  const { planned, attempted, accepted, isJudged, withinShare = 0, acceptedShare = 0 } = figures;
  if (attempted < planned) {
    const detail = `${planned - attempted} of its ${planned} orders were not sent`;
    return { status: 'unknown', detail };
  }
  const failedSends = acceptedShare === 0 ? attempted : accepted / acceptedShare - accepted;
  const areRefused = acceptedShare < acceptedShareMin;
  const isOneRefused = areRefused && Math.round(failedSends) <= ordersPerRequest;
  const refusals = [
    ...(areRefused && !isOneRefused
      ? [`only ${percent(acceptedShare)} of the sends got a 201 (promised: ${percent(acceptedShareMin)})`]
      : []),
    // Sends may fail now and then; an order that nobody took in the end, where all ought to be, is no matter of shares.
    ...(isJudged && accepted < attempted
      ? [`${attempted - accepted} of ${attempted} orders were never accepted`]
      : []),
  ];
  const requests = Math.floor(attempted / ordersPerRequest);
  const isTooShort = requests < requestsFor(withinShareMin);
  const waits =
    !isTooShort && withinShare < withinShareMin
      ? [
          `only ${percent(withinShare)} of the accepted orders waited at most ${withinMs} ms (promised: ${percent(withinShareMin)})`,
        ]
      : [];
  const problems = [...waits, ...refusals].join('; ');
  if (refusals.length > 0) return { status: 'not-met', detail: problems };
  if (isTooShort) return tooFew(requests, withinShareMin);
  if (waits.length > 0) {
    return excuse === undefined
      ? { status: 'not-met', detail: problems }
      : { status: 'unknown', detail: `${problems}, but ${excuse}` };
  }
  return isOneRefused ? tooFew(requests, acceptedShareMin) : { status: 'met' };
}

/** Of how many requests one may fail without breaking the promise of a share. */
function requestsFor(shareMin: number): number {
  return Math.round(1 / (1 - shareMin));
}

function tooFew(requests: number, shareMin: number): Condition {
  const detail = `${requests} requests tell nothing of ${percent(shareMin)} (${requestsFor(shareMin)} would)`;
  return { status: 'unknown', detail };
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
 * Phases as they may be judged after a run on this machine. Where others kept it busy already, waiting that breaks promises says
 * nothing of the platform: it is not known then, and neither is a knee that would rest on it. What was kept all the same was kept, and
 * what was refused was refused. Pure.
 */
export function judgeOnMachine(
  phases: readonly ReportLoadPhase[],
  { cores, loadAverageBefore }: Pick<ReportMachine, 'cores' | 'loadAverageBefore'>,
  objectives: Objectives,
  ordersPerRequest?: number,
): readonly ReportLoadPhase[] {
  if (loadAverageBefore <= busyFactorMax * cores) return phases;
  const excuse = `the machine was busy before (load average ${loadAverageBefore.toFixed(1)}, ${cores} cores)`;
  return phases.map((phase) => ({
    ...phase,
    promises: judgePhase(phase, objectives, { ordersPerRequest, excuse }),
  }));
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
