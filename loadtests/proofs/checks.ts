import { type Condition, type Decision, type NamedCheck, type Reason, worstOf } from '../../verdict/index.ts';
import type { ProofSize } from './lines.ts';

/** One thing that a proof must show, and what was found. */
export type ProofCheck = NamedCheck & {
  /** What was measured, for people: `31.2 ms`; empty where nothing could be. */
  readonly found: string;
  /**
   * Whether a machine that is slower, or that others use, may break it. What becomes of orders never rests on that: a scaled-down
   * proof on a busy machine is held to it all the same.
   */
  readonly restsOnSpeed: boolean;
  /** Whether less load, or a shorter one, would say something else: scaled down it is told, and not judged. Default false. */
  readonly needsFullSize?: boolean;
};

/** Checks as a proof of this size is held to them. Pure. */
export function checksAt(size: ProofSize, checks: readonly ProofCheck[]): readonly ProofCheck[] {
  if (size === 'full') return checks;
  return checks.map((check) => {
    return check.needsFullSize === true ? { ...check, check: { status: 'not-applicable' } } : check;
  });
}

/** What a proof was made under. */
export type Circumstances = {
  /** Why figures of speed say nothing of the platform: others used the machine, the load was not sent. Undefined: they do. */
  readonly excuse: string | undefined;
  /** Who ended it early; undefined when nobody did. */
  readonly interruptedBy: string | undefined;
};

/**
 * Decides how a proof ends. Pure. A check that is broken is FAIL, unless it rests on speed and there is an excuse; what nobody could see,
 * and a speed that is excused, is INCONCLUSIVE. Without checks nothing was shown.
 */
export function decideProof(
  checks: readonly ProofCheck[],
  { excuse, interruptedBy }: Circumstances,
): Decision {
  const reasons = [
    ...checks.flatMap((check) => reasonsOf(check, excuse)),
    ...(interruptedBy === undefined
      ? []
      : ([
          { verdict: 'ABORTED', code: 'interrupted', text: `the proof was ended early by ${interruptedBy}` },
        ] as const)),
    ...(checks.length === 0
      ? ([{ verdict: 'INCONCLUSIVE', code: 'proof', text: 'nothing was looked at' }] as const)
      : []),
  ];
  const verdict = worstOf(reasons.map((reason) => reason.verdict));
  const weight = (reason: Reason) => (reason.verdict === verdict ? 0 : 1);
  return { verdict, reasons: reasons.sort((a, b) => weight(a) - weight(b)) };
}

function reasonsOf({ name, check, restsOnSpeed }: ProofCheck, excuse: string | undefined): readonly Reason[] {
  if (!('detail' in check)) return [];
  const text = `${name}: ${check.detail}`;
  if (check.status === 'unknown') return [{ verdict: 'INCONCLUSIVE', code: 'proof', text }];
  if (!restsOnSpeed || excuse === undefined) return [{ verdict: 'FAIL', code: 'proof', text }];
  return [{ verdict: 'INCONCLUSIVE', code: 'proof', text: `${text}, but ${excuse}` }];
}

/** A bound on a figure. */
type Bound = {
  readonly name: string;
  /** Undefined where nobody could measure it. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly needsFullSize?: boolean;
  /** Default true: most figures are times and rates. */
  readonly restsOnSpeed?: boolean;
};

/** A figure that must be less than a bound. Pure. */
export function below(bound: Bound & { readonly max: number }): ProofCheck {
  return judgeFigure(bound, `< ${figure(bound.max, bound.unit)}`, (value) => value < bound.max);
}

/** A figure that must reach a bound. Pure. */
export function atLeast(bound: Bound & { readonly min: number }): ProofCheck {
  return judgeFigure(bound, `≥ ${figure(bound.min, bound.unit)}`, (value) => value >= bound.min);
}

/** A figure that must not go beyond a bound. Pure. */
export function atMost(bound: Bound & { readonly max: number }): ProofCheck {
  return judgeFigure(bound, `≤ ${figure(bound.max, bound.unit)}`, (value) => value <= bound.max);
}

function judgeFigure(
  { name, value, unit, restsOnSpeed = true, needsFullSize = false }: Bound,
  limit: string,
  isKept: (value: number) => boolean,
): ProofCheck {
  const row = { name: `${name} ${limit}`, restsOnSpeed, needsFullSize };
  if (value === undefined || !Number.isFinite(value)) {
    return { ...row, found: '', check: { status: 'unknown', detail: 'nobody could measure it' } };
  }
  const found = figure(value, unit);
  const check: Condition = isKept(value)
    ? { status: 'met' }
    : { status: 'not-met', detail: `it was ${found}` };
  return { ...row, found, check };
}

/** `31.24 ms`, `1,234 orders/s`. */
export function figure(value: number, unit: string): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return unit === '' ? text : `${text} ${unit}`;
}
