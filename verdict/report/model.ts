import type { RunManifest } from '../history.ts';
import type { LatencyReport } from '../latency.ts';
import type { LedgerResult } from '../ledger/index.ts';
import type { Decision } from '../verdicts.ts';

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
  /** Replays every random draw of the run. */
  readonly seed: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly decision: Decision;
  /** In the order of their start. */
  readonly phases: readonly ReportPhase[];
  readonly faults: readonly ReportFault[];
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

export type ReportLoad = {
  readonly manifest: RunManifest;
  readonly latency: LatencyReport;
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
