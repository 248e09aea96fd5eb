import type { RunManifest } from '../history.ts';
import type { LatencyReport } from '../latency.ts';
import type { LedgerResult } from '../ledger/index.ts';
import type { LoadPhase } from '../load-shape.ts';
import type { Condition, Decision } from '../verdicts.ts';

/**
 * A finished run, as plain data: what every renderer is given, and, as JSON, what `--json` prints. Fields are only added;
 * a field that changes its meaning or goes away raises {@link reportSchemaVersion}.
 *
 * Times are milliseconds since the Unix epoch unless their name says otherwise.
 */
export type RunReport = {
  readonly runId: string;
  /** The kind of run: `storm`, `load`, `audit`, an experiment's name. */
  readonly kind: string;
  /** What the run was to confirm or refute; absent for an audit. */
  readonly hypothesis?: string;
  /** Where it ran, and in a cluster how clients reached it: `local`, `kubernetes (… orders by NodePort)`. */
  readonly target: string;
  /** One line of what was running: `3 brokers, 1 order, 1 payment, 1 psp`. */
  readonly topology: string;
  /** What of the platform was not as delivered, on purpose: a sabotage, brokers that fsync late. */
  readonly deviations?: readonly string[];
  /** Replays every random draw of the run. */
  readonly seed: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly decision: Decision;
  /** In the order of their start. */
  readonly phases: readonly ReportPhase[];
  readonly faults: readonly ReportFault[];
  /** How each step was noticed and got over, in their order; absent for a run that broke nothing. */
  readonly recoveries?: readonly ReportRecovery[];
  /** How soon the alerts told that the experiment expects; absent where it expects none. */
  readonly alerts?: readonly ReportAlert[];
  /** What came more than once, and did no harm; absent for a run that broke nothing. */
  readonly duplicates?: ReportDuplicates;
  /** What was sampled about once a second while the load ran; absent where nothing was. */
  readonly series?: readonly ReportSeries[];
  /** What was looked at after all healing, and what was found wrong; absent for a run that broke nothing. */
  readonly residue?: { readonly looked: readonly string[]; readonly found: readonly string[] };
  /** Undefined for a run that sent nothing. */
  readonly load: ReportLoad | undefined;
  /** Undefined when the audit could not run. */
  readonly ledger: LedgerResult | undefined;
  readonly costs: readonly ReportCost[];
  readonly machine: ReportMachine;
  /** Where more is to be seen: title and path or URL. */
  readonly links: readonly { readonly title: string; readonly at: string }[];
};

export const reportSchemaVersion = 1;

export type ReportPhase = {
  readonly name: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** How it went, in a few words; empty when there is nothing to say. */
  readonly remark: string;
};

export type ReportFault = {
  readonly name: string;
  /** What it acted on: an instance or an edge. */
  readonly target: string;
  readonly injectedAtMs: number;
  /** Undefined when it was never healed. */
  readonly healedAtMs: number | undefined;
  readonly isProven: boolean;
  /** How it is known that it acted, or why it is not known. */
  readonly proof: string;
  /** What was measured: `{ "electionMs": 1840 }`. Units are in the names. */
  readonly measurements: Readonly<Record<string, number>>;
};

/** From the injection of a step's faults until the platform was as before. */
export type ReportRecovery = {
  /** The names of the step's faults: `kill + kill`. */
  readonly step: string;
  /** When the first fault of the step was injected. */
  readonly injectedAtMs: number;
  /** When the last one was healed; undefined when one never was. */
  readonly healedAtMs: number | undefined;
  /** Milliseconds from the injection to the first signal that told of it; undefined when none did. */
  readonly detectedAfterMs: number | undefined;
  /** What told first: `payment-0's breaker opened`, `answers other than 201`; empty when nothing did. */
  readonly signal: string;
  /** The most that detection may take, where the experiment says that it must be detected. */
  readonly detectBoundMs?: number;
  /**
   * Milliseconds from the healing until clients waited no longer than before, got no errors, and the backlog was gone;
   * undefined when that was not seen.
   */
  readonly recoveredAfterMs: number | undefined;
  readonly recoverBoundMs: number;
  /** The next step came before its time to recover was over: nobody can tell, and nothing is held against it. */
  readonly isOvertaken?: true;
};

/** From the first injection to the first word of an alert, and from when all was as before to the word of its end. */
export type ReportAlert = {
  /** With the labels that tell it from others of its name: `SettlementBudgetBurn (severity page)`. */
  readonly alert: string;
  /** Undefined when it was not told of. */
  readonly firedAfterMs: number | undefined;
  /** The most that it may take; undefined when no rule in force has it. */
  readonly firesWithinMs: number | undefined;
  /** Undefined when its end was not told of. */
  readonly resolvedAfterMs: number | undefined;
  readonly resolvesWithinMs: number | undefined;
};

/** How often something came again and was known; a count that nobody could take is absent. */
export type ReportDuplicates = {
  /** Orders that got their first answer again. */
  readonly answers?: number;
  /** Copies of stored orders beyond the first. */
  readonly copies?: number;
  /** Groups that payment was given again. */
  readonly redeliveries?: number;
  /** Charges that were asked for again, and had no effect. */
  readonly charges?: number;
};

/** One quantity of one subject over the load and the drain, past all proxies. Gaps are moments that nobody answered in. */
export type ReportSeries = {
  readonly name: SeriesName;
  /** Of the values: `groups`, `bytes`; for a breaker, what the numbers mean. */
  readonly unit: string;
  /** Whose it is: `payment-0`, `payment-processor`. */
  readonly subject: string;
  /** In the order of time; at most a few thousand. */
  readonly points: readonly { readonly atMs: number; readonly value: number }[];
};

/**
 * - `up`: 1 when the subject answered, 0 when it did not.
 * - `breaker`: 0 closed, 1 half-open, 2 open.
 * - `alert`: 1 while the alert that is the subject fires, 0 while it does not.
 * - `backlog`: groups of orders that payment was not given, or has not acknowledged.
 * - `redeliveries`: deliveries of groups beyond the first of each, from an arbitrary origin: only its rise counts.
 * - `orders queued`: orders that wait for their group to be acknowledged.
 * - `projection lag`: messages that a replica's projection has not applied.
 * - `charge attempts`: charges asked of the provider, order by order, since payment started.
 * - `repeated answers`: repeats of known orders that got their first answer again, since order started.
 * - `repeated charges`: repeats of known charges that had no effect, since the provider started.
 * - `memory`: resident memory of a process.
 */
export type SeriesName =
  | 'up'
  | 'breaker'
  | 'alert'
  | 'backlog'
  | 'redeliveries'
  | 'orders queued'
  | 'projection lag'
  | 'charge attempts'
  | 'repeated answers'
  | 'repeated charges'
  | 'memory';

export type ReportLoad = {
  readonly manifest: RunManifest;
  readonly latency: LatencyReport;
  /** Of a load that has a shape: what clients saw in each of its phases. */
  readonly phases?: readonly ReportLoadPhase[];
  /** Of a load in steps that looks for it. */
  readonly knee?: ReportKnee;
};

/** A phase of a load; an order is of the one in which it was due. */
export type ReportLoadPhase = Omit<LoadPhase, 'durationMs'> & {
  /** Microseconds after the load's start. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly planned: number;
  readonly attempted: number;
  readonly accepted: number;
  /** The share of the accepted orders that waited at most so long, from when they were due; undefined when none was. */
  readonly withinMs: number;
  readonly withinShare: number | undefined;
  /** The share of the sends that came to a 201; undefined when nothing was sent. */
  readonly acceptedShare: number | undefined;
  /** Whether it kept what is promised to customers, be that asked of it or not. */
  readonly promises: Condition;
};

/** How much the platform takes. */
export type ReportKnee = {
  /** The highest step that kept the promises, and its orders per second; undefined when none did. */
  readonly step: string | undefined;
  readonly rate: number | undefined;
  /** How the step above it was; undefined when it is the last. */
  readonly above: Condition | undefined;
};

export type ReportCost = {
  /** A process or instance: `order-0`, `recorder`. */
  readonly process: string;
  /** CPU time per accepted order, microseconds. */
  readonly cpuUsPerOrder: number;
};

export type ReportMachine = {
  readonly cores: number;
  /** One-minute load averages before the run and after it. */
  readonly loadAverageBefore: number;
  readonly loadAverageAfter: number;
};
