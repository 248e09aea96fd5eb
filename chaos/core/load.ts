import type { HistorySource, RunManifest } from '../../verdict/index.ts';
import type { LoadPlan } from './experiment.ts';

/** What is known while a load runs, about once a second. */
export type LoadProgress = {
  /** For a person. */
  readonly text: string;
  /** Since the first order was due; absent where the client does not tell. */
  readonly elapsedMs?: number;
  /** Orders accepted so far; absent where the client does not tell before its end. */
  readonly accepted?: number;
  /** Sends that have ended so far, repeats included, and how many of them failed; absent likewise. */
  readonly sends?: { readonly ended: number; readonly failed: number };
};

/**
 * Sends the orders of a run and keeps its history. Chaos knows the recorder and k6 only as this; the command line
 * hands one in.
 */
export type LoadGenerator = {
  readonly client: RunManifest['client'];
  /**
   * Sends all orders of the plan, or fewer when the signal stops it.
   * @returns what was recorded; its manifest has no `finished` when the generator died
   * @throws when it died before anything was recorded
   */
  send(run: LoadRun): Promise<SentLoad>;
};

export type SentLoad = {
  readonly history: HistorySource;
  /** Why the generator did not live to its end; absent when it did. */
  readonly problem?: string;
};

export type LoadRun = {
  /** Base URLs of the order replicas. */
  readonly urls: readonly string[];
  /** By which the order API lets the load's client in. Secret: for requests only. Absent where it lets everybody in. */
  readonly clientKey?: string;
  /** Where the platform takes telemetry, as `http://host:port` for OTLP; empty where nowhere. */
  readonly otlpHttp: string;
  readonly runId: string;
  readonly plan: LoadPlan;
  readonly seed: number;
  /** Where the history goes. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
};
