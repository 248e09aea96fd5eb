import type { ReportSeries } from '../report/model.ts';
import type { Condition } from '../verdicts.ts';
import type { Pulse } from './pulse.ts';

/** A step of an experiment as it was gone through. Times are milliseconds since the Unix epoch. */
export type StepSpan = {
  readonly step: string;
  readonly injectedAtMs: number;
  /** Undefined when a fault of it was never healed. */
  readonly healedAtMs: number | undefined;
};

/** What a run showed, as far as recovery goes. */
export type Course = {
  readonly spans: readonly StepSpan[];
  /** Undefined when there is no history. */
  readonly pulse: Pulse | undefined;
  /** When the load began and ended; the platform is looked at for longer. */
  readonly loadStartedAtMs: number;
  readonly loadEndedAtMs: number;
  readonly series: readonly ReportSeries[];
};

/** A judgement and what it is about: `at most 4096 orders in a queue`. */
export type NamedCheck = { readonly name: string; readonly check: Condition };
