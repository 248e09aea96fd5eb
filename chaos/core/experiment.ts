import type { FaultRequest } from './fault.ts';

/**
 * An experiment as data: what is believed, under which load, what is broken when, and what is tolerated while it is.
 */
export type Experiment = {
  /** A word, as `chaos run` takes it. */
  readonly name: string;
  /** What the run is to confirm or refute, in one sentence. */
  readonly hypothesis: string;
  readonly load: LoadPlan;
  /** In order; each begins when its time has come and the one before is healed. */
  readonly steps: readonly Step[];
  readonly tolerance: Tolerance;
  readonly bounds: Bounds;
};

export type LoadPlan = {
  /** Orders per second. */
  readonly rate: number;
  readonly durationSeconds: number;
};

/** Faults that are injected together, held together and healed together. */
export type Step = {
  /** When it begins, as a share of the load's duration, 0 to 1. */
  readonly at: number;
  readonly faults: readonly FaultRequest[];
  readonly holdMs: number;
};

/** What may happen to orders without refuting the hypothesis. Loss and double charges are never tolerated. */
export type Tolerance = {
  /** Orders that are never accepted, retries included. */
  readonly unacceptedMax: number;
};

export type Bounds = {
  /** How long the platform may take to be steady before the load starts, milliseconds. */
  readonly steadyMs: number;
  /** How long everything accepted may take to settle after the load has ended, milliseconds. */
  readonly drainMs: number;
  /** How long a healed victim may take to be ready again, milliseconds. */
  readonly recoveryMs: number;
};

export const defaultBounds: Bounds = { steadyMs: 30_000, drainMs: 120_000, recoveryMs: 60_000 };
