/**
 * A process beside the runner that heals a fault when the runner no longer vouches for it: because it was killed, hangs,
 * or holds the fault far longer than planned.
 */
export type DeadMan = {
  readonly pid: number;
  /** How long after its last renewal a lease lapses, milliseconds. */
  readonly leaseMs: number;
  /**
   * Takes a lease on a fault whose intent is in the journal, and renews it until it is released or overdue.
   *
   * @param plannedMs how long the fault is meant to hold; renewing ends a minute later
   * @throws FaultError when the dead-man has ended: nothing may be injected then
   */
  hold(injection: string, plannedMs: number): void;
  /** Ends the lease of a fault that is healed. */
  release(injection: string): void;
  /** Aborted when the dead-man has ended by itself, or has healed something: the run must not go on. */
  readonly intervened: AbortSignal;
  /** Ends the process. Resolves when it is gone. */
  close(): Promise<void>;
};
