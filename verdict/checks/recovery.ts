import type { ReportRecovery } from '../report/model.ts';
import type { Condition } from '../verdicts.ts';
import type { Course, NamedCheck, StepSpan } from './course.ts';
import { firstSignal, type Signal } from './detection.ts';
import { sumBeats } from './pulse.ts';
import { greatest, pointsBetween, seriesNamed } from './series.ts';

export type RecoveryBounds = {
  /** Absent where nothing needs to notice. */
  readonly detectMs?: number;
  readonly recoverMs: number;
};

/** What is as before stays so for a window of this length. Orders wait as long as before when so many of it do. */
const windowMs = 2_000;
const windowOrdersMin = 20;
const lateShareMax = 0.05;
const failedShareMax = 0.02;
/** Groups that may wait on a busy machine without anything being wrong. */
const calmBacklogMin = 32;

/** How each step was noticed and got over, and whether that kept its bounds. Pure. */
export function checkRecoveries(
  course: Course,
  bounds: RecoveryBounds,
): { readonly recoveries: readonly ReportRecovery[]; readonly checks: readonly NamedCheck[] } {
  const judged = course.spans.map((span, at) => judgeStep(course, bounds, span, course.spans[at + 1]));
  return {
    recoveries: judged.map(({ recovery }) => recovery),
    checks: judged.flatMap(({ checks }) => checks),
  };
}

function judgeStep(
  course: Course,
  { detectMs, recoverMs }: RecoveryBounds,
  span: StepSpan,
  next: StepSpan | undefined,
): { readonly recovery: ReportRecovery; readonly checks: readonly NamedCheck[] } {
  const untilMs = next?.injectedAtMs ?? Infinity;
  const signal = firstSignal(course, span, untilMs);
  const recovered =
    span.healedAtMs === undefined ? undefined : timeToRecover(course, span.healedAtMs, untilMs);
  const recovery = judgeRecovery(recovered, recoverMs, next !== undefined);
  return {
    recovery: {
      step: span.step,
      injectedAtMs: span.injectedAtMs,
      healedAtMs: span.healedAtMs,
      detectedAfterMs: signal && signal.atMs - span.injectedAtMs,
      signal: signal?.what ?? '',
      ...(detectMs === undefined ? {} : { detectBoundMs: detectMs }),
      recoveredAfterMs: recovered?.afterMs,
      recoverBoundMs: recoverMs,
      ...(recovery.status === 'not-applicable' ? { isOvertaken: true } : {}),
    },
    checks: [
      ...(detectMs === undefined
        ? []
        : [
            {
              name: `${span.step} is noticed within ${detectMs} ms`,
              check: judgeDetection(course, span, signal, detectMs),
            },
          ]),
      {
        name: `${span.step} is recovered from within ${recoverMs} ms`,
        check: recovery,
      },
    ],
  };
}

function judgeDetection(
  { pulse, series }: Course,
  { injectedAtMs }: StepSpan,
  signal: Signal | undefined,
  detectMs: number,
): Condition {
  if (signal === undefined && pulse === undefined && series.length === 0) {
    return { status: 'unknown', detail: 'nobody could look' };
  }
  if (signal === undefined) return { status: 'not-met', detail: 'nothing told of it' };
  const afterMs = signal.atMs - injectedAtMs;
  if (afterMs <= detectMs) return { status: 'met' };
  return { status: 'not-met', detail: `only after ${afterMs} ms: ${signal.what}` };
}

/**
 * What comes too late is a violation; what was not seen is not known. When the next step comes before the time is over,
 * it is from that one that the platform must recover.
 */
function judgeRecovery(
  recovered: Recovered | undefined,
  recoverMs: number,
  hasSuccessor: boolean,
): Condition {
  if (recovered === undefined) return { status: 'unknown', detail: 'it was never healed' };
  const { afterMs, lookedForMs, missing } = recovered;
  if (afterMs !== undefined) {
    if (afterMs <= recoverMs) return { status: 'met' };
    return { status: 'not-met', detail: `it took ${afterMs} ms` };
  }
  if (lookedForMs > recoverMs)
    return { status: 'not-met', detail: `not after ${lookedForMs} ms: ${missing}` };
  if (hasSuccessor) return { status: 'not-applicable' };
  return {
    status: 'unknown',
    detail: `nobody could look for longer than ${lookedForMs} ms after healing: ${missing}`,
  };
}

type Recovered = {
  readonly afterMs: number | undefined;
  /** How long after healing there was something to look at. */
  readonly lookedForMs: number;
  /** What was not as before; empty when everything was. */
  readonly missing: string;
};

/** When the last of clients, backlog and breakers was as before. */
function timeToRecover(course: Course, healedAtMs: number, untilMs: number): Recovered {
  const parts = [clientsCalm(course, healedAtMs, untilMs), ...platformCalm(course, healedAtMs, untilMs)];
  const left = parts.filter(({ afterMs }) => afterMs === undefined);
  return {
    afterMs: left.length > 0 ? undefined : Math.max(...parts.map(({ afterMs }) => afterMs ?? 0)),
    lookedForMs: Math.max(0, ...(left.length > 0 ? left : parts).map(({ lookedForMs }) => lookedForMs)),
    missing: left.map(({ missing }) => missing).join('; '),
  };
}

/**
 * The first window after healing in which nearly every order was accepted at once and in time. When the load ended within a
 * window of the healing, its last one tells, though it began before.
 */
function clientsCalm(
  { pulse, loadStartedAtMs, loadEndedAtMs }: Course,
  healedAtMs: number,
  untilMs: number,
): Recovered {
  if (pulse === undefined) return { afterMs: undefined, lookedForMs: 0, missing: 'there is no history' };
  const lastMs = Math.min(untilMs, loadEndedAtMs) - loadStartedAtMs;
  const leftMs = lastMs + loadStartedAtMs - healedAtMs;
  const lookedForMs = Math.max(0, leftMs);
  if (leftMs <= -windowMs) {
    const missing = 'nothing was sent any more (a longer load, --for, leaves time for it)';
    return { afterMs: undefined, lookedForMs, missing };
  }
  const wholeBeats = (ms: number) => Math.floor(ms / pulse.beatMs) * pulse.beatMs;
  const firstMs = Math.min(healedAtMs - loadStartedAtMs + pulse.beatMs - 1, lastMs - windowMs);
  for (let fromMs = Math.max(0, wholeBeats(firstMs)); fromMs + windowMs <= lastMs; fromMs += pulse.beatMs) {
    const { orders, late, sends, failedSends } = sumBeats(pulse, fromMs, fromMs + windowMs);
    const isCalm =
      orders >= windowOrdersMin && late <= orders * lateShareMax && failedSends <= sends * failedShareMax;
    if (isCalm) {
      const afterMs = Math.max(0, fromMs + loadStartedAtMs - healedAtMs);
      return { afterMs, lookedForMs: afterMs, missing: '' };
    }
  }
  const missing = `clients were not served as before for ${windowMs} ms while the load lasted`;
  return { afterMs: undefined, lookedForMs, missing };
}

/**
 * The first look after healing from which on, for a window, no more waited than before, and no breaker was open. When the
 * looks end within the window, those that there are tell.
 */
function platformCalm({ series, spans }: Course, healedAtMs: number, untilMs: number): readonly Recovered[] {
  const firstFaultMs = spans[0]?.injectedAtMs ?? healedAtMs;
  const limitsBy = { backlog: calmBacklogMin, breaker: 0 } as const;
  return (['backlog', 'breaker'] as const).flatMap((name) => {
    const all = seriesNamed(series, name);
    const unseen = { afterMs: undefined, lookedForMs: 0, missing: `nobody could see the ${name}` };
    if (all.length === 0) return [unseen];
    return all.map(({ subject, points }): Recovered => {
      const before = name === 'backlog' ? greatest(pointsBetween(points, 0, firstFaultMs)) : undefined;
      const limit = Math.max(2 * (before ?? 0), limitsBy[name]);
      const after = pointsBetween(points, healedAtMs, untilMs);
      const lookedForMs = (after.at(-1)?.atMs ?? healedAtMs) - healedAtMs;
      const calm = after.find(({ atMs }) =>
        pointsBetween(after, atMs, atMs + windowMs).every(({ value }) => value <= limit),
      );
      if (calm !== undefined) return { afterMs: calm.atMs - healedAtMs, lookedForMs, missing: '' };
      const last = after.at(-1)?.value;
      const missing = `the ${name} of ${subject} was ${last ?? 'not seen'} (as before: at most ${limit})`;
      return { afterMs: undefined, lookedForMs, missing };
    });
  });
}
