import type { Slo } from '../model.ts';
import { errorBudgetOf } from '../rules/recording.ts';

/** Events of an SLO within a window. */
export type EventCounts = { readonly valid: number; readonly bad: number };

/** With what happened in announced chaos windows, and without. */
export type Counted = {
  readonly counted: EventCounts | undefined;
  readonly excluded: EventCounts | undefined;
};

/**
 * `no-events`: it was measured, and nothing happened. `no-data`: nobody measured. Neither says that the promise was kept.
 */
export type SloVerdict = 'kept' | 'broken' | 'no-events' | 'no-data';

export type Measured = {
  /** Share of the window in which events were counted: 0 nothing, 1 all of it. */
  readonly share: number;
  /** Whether events are counted to the present. */
  readonly isCurrent: boolean;
  /** How long ago the first of them was counted that is in the window, seconds. */
  readonly sinceSeconds: number;
  /** Share of the time since then in which events were counted. */
  readonly shareSince: number;
};

/** Less than that is not enough to speak of a window; a Prometheus that starts anew takes less than a tenth of the shortest. */
const measuredShareMin = 0.9;

/**
 * What a verdict stands for: the `whole` window; the time `since-begin`, of a platform that is younger than the window and
 * has had orders enough. Of one that has had too `few`, of a window of which only a `part` was measured, or whose measuring
 * has `ended`, it stands for nothing.
 */
export type Coverage = 'whole' | 'since-begin' | 'few' | 'part' | 'ended';

export function coverageOf(slo: Pick<SloStatus, 'measured' | 'events' | 'objective'>): Coverage {
  const { share, isCurrent, shareSince } = slo.measured;
  if (!isCurrent) return 'ended';
  if (share >= measuredShareMin) return 'whole';
  if (shareSince < measuredShareMin) return 'part';
  return slo.events >= eventsToTell(slo) ? 'since-begin' : 'few';
}

/** With fewer events a single bad one breaks the promise, and none says little: 1,000 for one of 99.9 %. */
export function eventsToTell({ objective }: Pick<Slo, 'objective'>): number {
  return Math.ceil(1 / errorBudgetOf({ objective }) - 1e-6);
}

/** Of an SLO that nothing is known of. */
const unmeasured: Measured = { share: 0, isCurrent: false, sinceSeconds: 0, shareSince: 0 };

export type SloStatus = {
  readonly name: string;
  readonly title: string;
  readonly objective: number;
  readonly owner: string;
  readonly runbook: string;
  /** Of the window that was asked for, chaos included: what customers got. */
  readonly verdict: SloVerdict;
  /** How much of that window was measured, and whether it still is: what the verdict is worth. */
  readonly measured: Measured;
  readonly events: number;
  readonly badEvents: number;
  /** Absent without events. */
  readonly goodShare?: number;
  /** How many times faster than the budget allows it burns in the window; absent without events. */
  readonly burnRate?: number;
  /** The same with announced chaos left out: what alerts go by. */
  readonly burnRateWithoutChaos?: number;
  /** Of the SLO's own window: 1 all, 0 nothing, negative overdrawn; absent without events. */
  readonly budgetLeft?: number;
  /** The same with announced chaos counted. */
  readonly budgetLeftWithChaos?: number;
};

/** Tells how an SLO stands. Pure. */
export function sloStatus(
  slo: Slo,
  counts: {
    /** Of the window that was asked for. */
    readonly window: Counted;
    /** Of the SLO's own window. */
    readonly period: Counted;
    /** Of the window that was asked for; absent: nothing. */
    readonly measured: Measured | undefined;
  },
): SloStatus {
  const { name, title, objective, owner, runbook } = slo;
  const { counted, excluded } = counts.window;
  const badShare = badShareOf(counted);
  const badShareWithoutChaos = badShareOf(excluded);
  const budget = errorBudgetOf(slo);
  const left = budgetLeft(counts.period.excluded, budget);
  const leftWithChaos = budgetLeft(counts.period.counted, budget);
  return {
    name,
    title,
    objective,
    owner,
    runbook,
    verdict: verdictOf(counted, budget),
    measured: counts.measured ?? unmeasured,
    events: counted?.valid ?? 0,
    badEvents: counted?.bad ?? 0,
    ...(badShare === undefined ? {} : { goodShare: 1 - badShare, burnRate: badShare / budget }),
    ...(badShareWithoutChaos === undefined ? {} : { burnRateWithoutChaos: badShareWithoutChaos / budget }),
    ...(left === undefined ? {} : { budgetLeft: left }),
    ...(leftWithChaos === undefined ? {} : { budgetLeftWithChaos: leftWithChaos }),
  };
}

function verdictOf(counts: EventCounts | undefined, budget: number): SloVerdict {
  if (counts === undefined) return 'no-data';
  if (counts.valid === 0) return 'no-events';
  return counts.bad <= budget * counts.valid ? 'kept' : 'broken';
}

function badShareOf(counts: EventCounts | undefined): number | undefined {
  return counts === undefined || counts.valid === 0 ? undefined : counts.bad / counts.valid;
}

function budgetLeft(counts: EventCounts | undefined, budget: number): number | undefined {
  const badShare = badShareOf(counts);
  return badShare === undefined ? undefined : 1 - badShare / budget;
}
