import type { Target } from '../../targets/target.ts';
import type { Journal } from '../../verdict/index.ts';
import type { DeadMan } from './dead-man.ts';
import type { Experiment } from './experiment.ts';
import type { FaultKind } from './fault.ts';
import type { LoadGenerator } from './load.ts';
import type { FaultRecord } from './nemesis.ts';
import type { Sweep } from './sweep.ts';

/** What a run is given; it reads no clock, environment or global beside this. */
export type RunOptions = {
  readonly experiment: Experiment;
  readonly target: Target;
  readonly kinds: Readonly<Record<string, FaultKind<never>>>;
  /** What is looked at in the end, beside the victims. */
  readonly sweeps: readonly Sweep[];
  /** Called before the first injection, in a run that injects anything. */
  readonly startDeadMan: () => Promise<DeadMan>;
  readonly generator: LoadGenerator;
  readonly journal: Journal;
  readonly runId: string;
  readonly seed: number;
  /** Where history and reports of the run go. */
  readonly directory: string;
  /** Aborted to end the run early: it still heals, drains and reports. */
  readonly signal: AbortSignal;
  readonly cores: number;
  readonly nowMs: () => number;
  /** Called once, before anything is broken, with what tells of the faults that were injected so far. */
  readonly onFaults: (faults: () => readonly FaultRecord[]) => void;
  /** A phase has begun. */
  readonly onPhase: (name: string) => void;
  /** What is going on within the phase. */
  readonly onStatus: (text: string) => void;
};
