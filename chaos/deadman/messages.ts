import type { TargetRef } from '../../targets/target.ts';

/** What the dead-man's process is started with, as JSON in its only argument. */
export type DeadManArguments = {
  readonly target: TargetRef;
  /** Path of the run's journal: says what is to be healed, and how. */
  readonly journal: string;
};

/** From the runner. A runner that goes away without `end` has died. */
export type ToDeadMan =
  /** Takes a lease or renews it. */
  | { readonly type: 'hold'; readonly injection: string; readonly leaseMs: number }
  | { readonly type: 'release'; readonly injection: string }
  | { readonly type: 'end' };

/** To the runner. */
export type FromDeadMan =
  | { readonly type: 'ready' }
  | { readonly type: 'lapsed'; readonly injections: readonly string[] };
