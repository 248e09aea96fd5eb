import type { MetricSpec } from '../names/metrics.ts';
import type { Cause } from './labels.ts';

/** A promise to customers, and how its keeping is measured. */
export type Slo = {
  /** Kebab-case; the file, the label `slo` and the alert's name are this word. */
  readonly name: string;
  /** What is promised, as one line of a table. */
  readonly title: string;
  /** What customers notice when it is broken. */
  readonly description: string;
  /** Share of the events that are good, above 0 and below 1. */
  readonly objective: number;
  /** The rolling window of the error budget. The burn rates of the alerts are meant for 30 days. */
  readonly windowDays: 28 | 30;
  readonly owner: string;
  /** From the root of the repository. */
  readonly runbook: string;
  readonly sli: Sli;
  /** An alert needs this many bad events in its long window: two failures at night page no one. */
  readonly badEventsMin: number;
  /** The causes that explain this SLO's alerts away. */
  readonly consequenceOf: readonly Cause[];
};

/** Values that a metric's attributes may have; several values: any of them. */
export type Selection = Readonly<Record<string, string | readonly string[]>>;

/** What is counted, all of it by one service and in metrics of the registry. */
export type Sli = RatioSli | ThresholdSli;

/** Events that a counter counts, by an attribute that tells the bad ones. */
export type RatioSli = {
  readonly kind: 'ratio';
  readonly service: string;
  readonly metric: MetricSpec;
  readonly valid: Selection;
  readonly bad: Selection;
};

/** Events whose duration a histogram has; bad is what took longer than the threshold, which is a bucket's bound. */
export type ThresholdSli = {
  readonly kind: 'threshold';
  readonly service: string;
  readonly metric: MetricSpec;
  readonly valid: Selection;
  readonly thresholdSeconds: number;
};
