import { type AttemptRecord, checkRecoveries, type Pulse, type RunReport } from '../../verdict/index.ts';
import { createHistogram } from '../../verdict/percentiles.ts';
import { atLeast, below, figure, type ProofCheck } from './checks.ts';
import { overloadLimits } from './lines.ts';

/** What clients got while more was sent than the platform takes. */
export type OverloadFigures = {
  /** 201s per second. */
  readonly acceptedPerSecond: number;
  /** From the send that was accepted to its 201, milliseconds; undefined when none was. */
  readonly acceptedP99Ms: number | undefined;
  /** Sends that were answered 429 or 503. */
  readonly refusals: number;
  /** Of these, those that named no time after which to come again. */
  readonly withoutRetryAfter: number;
  /** Sends that came to anything else than 201, 429 or 503, by status; `none` for no answer. */
  readonly others: Readonly<Record<string, number>>;
};

/**
 * Measures a part of a client history in one pass: sends that left in it, 201s that came in it.
 *
 * @param window microseconds after the run's start; the end is not included
 */
export async function measureOverload(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  window: { readonly fromUs: number; readonly toUs: number },
): Promise<OverloadFigures> {
  const latencyUs = createHistogram();
  const others: Record<string, number> = {};
  const isWithin = (atUs: number) => atUs >= window.fromUs && atUs < window.toUs;
  let accepted = 0;
  let refusals = 0;
  let withoutRetryAfter = 0;
  for await (const batch of batches) {
    for (const { intendedAtUs, answers } of batch) {
      for (const { status, sentAfterUs, answeredAfterUs, retryAfterSeconds } of answers) {
        if (status === 201 && isWithin(intendedAtUs + answeredAfterUs)) accepted++;
        if (!isWithin(intendedAtUs + sentAfterUs)) continue;
        if (status === 201) {
          latencyUs.recordValue(Math.max(1, answeredAfterUs - sentAfterUs));
        } else if (status === 429 || status === 503) {
          refusals++;
          if (retryAfterSeconds === undefined) withoutRetryAfter++;
        } else {
          const key = status === 0 ? 'none' : String(status);
          others[key] = (others[key] ?? 0) + 1;
        }
      }
    }
  }
  return {
    acceptedPerSecond: accepted / ((window.toUs - window.fromUs) / 1e6),
    acceptedP99Ms: latencyUs.totalCount === 0 ? undefined : latencyUs.getValueAtPercentile(99) / 1_000,
    ...{ refusals, withoutRetryAfter, others },
  };
}

/** Judges an overload against the capacity that was measured just before. Pure. */
export function judgeOverload(figures: OverloadFigures, capacity: number): readonly ProofCheck[] {
  const { acceptedPerSecond, acceptedP99Ms, refusals, withoutRetryAfter, others } = figures;
  return [
    judgeGoodput(acceptedPerSecond, capacity),
    below({
      name: 'p99 of accepted orders, from the send that was accepted',
      value: acceptedP99Ms,
      unit: 'ms',
      max: overloadLimits.acceptedP99MsMax,
    }),
    judgeRefusals(refusals, withoutRetryAfter),
    judgeOthers(others),
  ];
}

function judgeGoodput(acceptedPerSecond: number, capacity: number): ProofCheck {
  const share = capacity > 0 ? acceptedPerSecond / capacity : undefined;
  const row = atLeast({
    name: 'goodput, as a share of capacity',
    value: share && 100 * share,
    unit: '%',
    min: 100 * overloadLimits.goodputShareMin,
  });
  if (share === undefined || share <= overloadLimits.goodputShareMax) return row;
  const detail = `it was ${row.found}: the capacity was measured too low`;
  return { ...row, check: { status: 'unknown', detail } };
}

function judgeRefusals(refusals: number, withoutRetryAfter: number): ProofCheck {
  const row = { name: 'every 429 and 503 says when to come again', restsOnSpeed: false };
  const found = figure(refusals, 'refusals');
  if (refusals === 0) {
    return { ...row, found, check: { status: 'unknown', detail: 'nothing was refused: it was no overload' } };
  }
  if (withoutRetryAfter === 0) return { ...row, found, check: { status: 'met' } };
  const detail = `${withoutRetryAfter} of ${refusals} refusals had no Retry-After`;
  return { ...row, found, check: { status: 'not-met', detail } };
}

/** A machine that stands still for seconds leaves clients without an answer, whatever the platform does. */
function judgeOthers(others: OverloadFigures['others']): ProofCheck {
  const row = { name: 'what is not accepted gets 429 or 503', restsOnSpeed: true };
  const told = Object.entries(others).map(([status, count]) => `${count} × ${status}`);
  if (told.length === 0) return { ...row, found: 'nothing else', check: { status: 'met' } };
  const found = told.join(', ');
  return { ...row, found, check: { status: 'not-met', detail: `it also got ${found}` } };
}

/**
 * Whether clients, backlog and breakers were as before within a bound once the overload was over. Pure.
 *
 * @param overload milliseconds after the load's start
 */
export function judgeAftermath(
  run: Pick<RunReport, 'series' | 'load'>,
  pulse: Pulse,
  overload: { readonly fromMs: number; readonly toMs: number },
): readonly ProofCheck[] {
  if (run.load === undefined) return [];
  const { startedAtMs, durationSeconds } = run.load.manifest;
  const span = {
    step: 'the overload',
    injectedAtMs: startedAtMs + overload.fromMs,
    healedAtMs: startedAtMs + overload.toMs,
  };
  const loadEndedAtMs = startedAtMs + durationSeconds * 1_000;
  const { recoveries, checks } = checkRecoveries(
    { spans: [span], pulse, loadStartedAtMs: startedAtMs, loadEndedAtMs, series: run.series ?? [] },
    { recoverMs: overloadLimits.recoverMs },
  );
  const afterMs = recoveries[0]?.recoveredAfterMs;
  const found = afterMs === undefined ? '' : figure(afterMs, 'ms');
  return checks.map((check) => ({ ...check, found, restsOnSpeed: true }));
}
