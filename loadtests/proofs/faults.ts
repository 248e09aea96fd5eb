import {
  type AttemptRecord,
  acceptanceObjectives,
  measurePhases,
  type PlannedShape,
  type Pulse,
  type RunReport,
} from '../../verdict/index.ts';
import type { ProofCheck } from './checks.ts';

/** When faults may be felt, milliseconds after the load's start. */
export type FaultWindow = { readonly fromMs: number; readonly toMs: number };

/**
 * From the first injection until so long after the last healing: what is promised must hold again by then. Pure.
 *
 * @returns undefined when nothing was broken, or was never healed
 */
export function faultWindow(
  { faults, load }: Pick<RunReport, 'faults' | 'load'>,
  recoverMs: number,
): FaultWindow | undefined {
  const healings = faults.map(({ healedAtMs }) => healedAtMs).filter((atMs) => atMs !== undefined);
  if (load === undefined || faults.length === 0 || healings.length < faults.length) return undefined;
  const { startedAtMs } = load.manifest;
  return {
    fromMs: Math.min(...faults.map(({ injectedAtMs }) => injectedAtMs)) - startedAtMs,
    toMs: Math.max(...healings) + recoverMs - startedAtMs,
  };
}

/** Whether answers other than 201, and sends that were given up, came inside the window only. Pure. */
export function judgeRefusals({ beats, beatMs }: Pulse, window: FaultWindow): ProofCheck {
  // A slow machine makes clients wait; it takes a stall of seconds to refuse them.
  const row = { name: 'refusals and unknowns come inside the fault window only', restsOnSpeed: true };
  // A slice that the window begins or ends in belongs to it.
  const isInside = (at: number) => (at + 1) * beatMs > window.fromMs && at * beatMs < window.toMs;
  let inside = 0;
  let outside = 0;
  beats.forEach(({ failedAnswers }, at) => {
    if (isInside(at)) inside += failedAnswers;
    else outside += failedAnswers;
  });
  const seconds = `${(window.fromMs / 1_000).toFixed(1)} to ${(window.toMs / 1_000).toFixed(1)} s`;
  const found = `${inside} inside (${seconds}), ${outside} outside`;
  if (beats.length === 0) return { ...row, found, check: { status: 'unknown', detail: 'nothing was sent' } };
  if (outside === 0) return { ...row, found, check: { status: 'met' } };
  return { ...row, found, check: { status: 'not-met', detail: found } };
}

/**
 * Whether what is promised to customers holds from the end of the window to that of the load, over all orders that were due then.
 *
 * @param recoverMs how long after healing the window ends
 */
export async function judgePromisesAfter(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  window: FaultWindow,
  load: {
    readonly durationSeconds: number;
    readonly ordersPerRequest?: number | undefined;
    readonly recoverMs: number;
  },
): Promise<ProofCheck> {
  const row = { name: `promises are kept again within ${load.recoverMs / 1_000} s`, restsOnSpeed: true };
  const endMs = load.durationSeconds * 1_000;
  if (window.toMs >= endMs) {
    const detail = `the load ended ${Math.round(window.toMs - endMs)} ms before that`;
    return { ...row, found: '', check: { status: 'unknown', detail } };
  }
  const shape = inParts(window.toMs, endMs);
  const [, after] = await measurePhases(batches, shape, acceptanceObjectives, load.ordersPerRequest);
  if (after === undefined || after.attempted === 0) {
    return { ...row, found: '', check: { status: 'unknown', detail: 'no order was due after that' } };
  }
  const { withinShare = 0, withinMs, attempted, promises } = after;
  const found = `${attempted} orders, ${(100 * withinShare).toFixed(2)} % within ${withinMs} ms`;
  return { ...row, found, check: promises };
}

/** A load seen in two parts; whether all of it was sent is for others to say. */
function inParts(splitMs: number, endMs: number): PlannedShape {
  const part = (name: string, durationMs: number, isJudged: boolean) => {
    return { name, startRate: 0, endRate: 0, durationMs, isJudged, planned: 0 };
  };
  return { name: 'parts', phases: [part('before', splitMs, false), part('after', endMs - splitMs, true)] };
}
