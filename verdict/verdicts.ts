import type { LedgerResult } from './ledger/index.ts';

/** How a run ends. */
export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'ABORTED';

/** The exit code of a command that ends in a verdict; 1 is an internal error, 2 wrong usage. */
export const exitCodes: Readonly<Record<Verdict, number>> = {
  PASS: 0,
  FAIL: 10,
  INCONCLUSIVE: 11,
  ABORTED: 12,
};

/**
 * What is known about one condition of a run. `unknown` is for a condition that nobody could look at; it never counts as
 * met. `not-applicable` is for kinds of runs that have no such condition, and is the caller's explicit choice.
 */
export type Condition =
  | { readonly status: 'met' | 'not-applicable' }
  | { readonly status: 'not-met' | 'unknown'; readonly detail: string };

/** Everything a verdict depends on. */
export type RunFacts = {
  /** Undefined when the audit could not run. */
  readonly ledger: LedgerResult | undefined;
  /** Why there is no ledger, where that is known. */
  readonly unaudited?: string;
  /** The platform was healthy before anything was done to it. */
  readonly steadyState: Condition;
  /** Each fault by name: whether it was proven to have acted. */
  readonly faults: readonly { readonly name: string; readonly proof: Condition }[];
  /** What the generator reported; `not-applicable` for runs that send nothing. */
  readonly load: LoadFact | 'not-applicable';
  /** The generator lived to its end. */
  readonly generator: Condition;
  /** Every stored order was settled, and every projection caught up, in time. */
  readonly drain: Condition;
  /** After healing, everything was as before. */
  readonly rollback: Condition;
  /** Who ended the run early; undefined when nobody did. */
  readonly interruptedBy: string | undefined;
  readonly slos: readonly SloFact[];
};

export type SloFact = {
  readonly name: string;
  readonly check: Condition;
  /** Whether it is about what the faults bring about: without them it says nothing. Default false. */
  readonly isOfFaults?: boolean;
};

export type LoadFact = {
  readonly planned: number;
  /** Orders sent at least once; undefined when the generator did not live to say. */
  readonly attempted: number | undefined;
  /** Planned sends that the generator could not make in time. */
  readonly dropped: number;
  /** How many of these a run may have and still say something; default one in a thousand. */
  readonly droppedMax?: number;
};

/** The share of the planned orders that must have been attempted for a run to say anything about that load. */
const deliveredShareMin = 0.999;

export type Reason = {
  /** The verdict this reason alone would lead to. */
  readonly verdict: Exclude<Verdict, 'PASS'>;
  /** A word a program may compare: `lost`, `slo`, `steady-state`, `load`, ... */
  readonly code: string;
  readonly text: string;
};

export type Decision = {
  readonly verdict: Verdict;
  /** Weightiest first; empty for PASS only. */
  readonly reasons: readonly Reason[];
};

/** The heaviest reason decides, and so does the heaviest verdict of several runs. */
const weights: readonly Verdict[] = ['FAIL', 'ABORTED', 'INCONCLUSIVE', 'PASS'];

/** The verdict of several runs together: PASS when all passed. */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  return weights.find((verdict) => verdicts.includes(verdict)) ?? 'PASS';
}

/**
 * Decides how a run ends. Pure, and every reason is listed whichever decides.
 *
 * - A broken data invariant is FAIL whatever else happened: an order that was lost in an interrupted run, or under a load
 *   that was not delivered in full, is lost all the same.
 * - A broken SLO is FAIL when its measurement stands: steady state before, a generator that lived and delivered, nobody
 *   who interrupted, and, where it is about what faults do, faults that acted. Otherwise the same figures prove nothing,
 *   and it is INCONCLUSIVE.
 * - An interrupted run that shows no violation is ABORTED rather than INCONCLUSIVE: that says why nothing was shown.
 * - Everything that was not seen (no audit, no proof, no samples) is INCONCLUSIVE.
 */
export function decideVerdict(facts: RunFacts): Decision {
  const reasons = [
    ...ledgerReasons(facts),
    ...sloReasons(facts),
    ...interruptionReasons(facts),
    ...conditionReasons(facts),
    ...loadReasons(facts.load),
  ].sort((a, b) => weights.indexOf(a.verdict) - weights.indexOf(b.verdict));
  return { verdict: reasons[0]?.verdict ?? 'PASS', reasons };
}

function ledgerReasons({ ledger, unaudited }: RunFacts): Reason[] {
  if (ledger === undefined) {
    const why = unaudited === undefined ? '' : `: ${unaudited}`;
    return [{ verdict: 'INCONCLUSIVE', code: 'ledger', text: `the orders were not audited${why}` }];
  }
  const broken = ledger.findings.filter(({ isExpected }) => !isExpected);
  return [
    ...broken.map(({ invariant, count, meaning }): Reason => {
      return { verdict: 'FAIL', code: invariant, text: `${invariant}: ${count}. ${meaning}` };
    }),
    ...ledger.gaps.map((gap): Reason => ({ verdict: 'INCONCLUSIVE', code: 'ledger', text: gap })),
  ];
}

function sloReasons(facts: RunFacts): Reason[] {
  const measurementStands =
    isHarmless(facts.steadyState) &&
    isHarmless(facts.generator) &&
    facts.interruptedBy === undefined &&
    loadReasons(facts.load).length === 0;
  const haveActed = facts.faults.length > 0 && facts.faults.every(({ proof }) => isHarmless(proof));
  return facts.slos.flatMap(({ name, check, isOfFaults = false }): Reason[] => {
    if (isHarmless(check)) return [];
    const isBroken = check.status === 'not-met';
    return [
      {
        verdict: isBroken && measurementStands && (haveActed || !isOfFaults) ? 'FAIL' : 'INCONCLUSIVE',
        code: 'slo',
        text: `SLO ${name} ${isBroken ? 'is broken' : 'could not be measured'}: ${check.detail}`,
      },
    ];
  });
}

function interruptionReasons({ interruptedBy }: RunFacts): Reason[] {
  if (interruptedBy === undefined) return [];
  return [{ verdict: 'ABORTED', code: 'interrupted', text: `the run was ended early by ${interruptedBy}` }];
}

function conditionReasons(facts: RunFacts): Reason[] {
  const conditions: readonly (readonly [code: string, what: string, condition: Condition])[] = [
    ['steady-state', 'the platform was not in its steady state before', facts.steadyState],
    ['generator', 'the load generator did not live to its end', facts.generator],
    ...facts.faults.map(
      ({ name, proof }) => ['fault', `fault ${name} was not proven to have acted`, proof] as const,
    ),
    ['drain', 'the platform did not come to rest in time', facts.drain],
    ['rollback', 'what was done to the platform was not undone for certain', facts.rollback],
  ];
  return conditions.flatMap(([code, what, condition]): Reason[] =>
    isHarmless(condition) ? [] : [{ verdict: 'INCONCLUSIVE', code, text: `${what}: ${condition.detail}` }],
  );
}

function loadReasons(load: RunFacts['load']): Reason[] {
  if (load === 'not-applicable') return [];
  const { planned, attempted, dropped, droppedMax = Infinity } = load;
  if (attempted === undefined) {
    const text = `nobody can tell how many of ${planned} orders were sent`;
    return [{ verdict: 'INCONCLUSIVE', code: 'load', text }];
  }
  if (planned > 0 && attempted / planned >= deliveredShareMin && dropped <= droppedMax) return [];
  const text = `the load was not delivered: ${attempted} of ${planned} orders were sent, ${dropped} dropped`;
  return [{ verdict: 'INCONCLUSIVE', code: 'load', text }];
}

function isHarmless(
  condition: Condition,
): condition is Extract<Condition, { status: 'met' | 'not-applicable' }> {
  return condition.status === 'met' || condition.status === 'not-applicable';
}
