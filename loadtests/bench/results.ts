import type { ArmKind, ArmName } from './arms.ts';

/** What a run of the benchmark found: the one source of every table and of docs/performance.md. Plain data. */
export type BenchResults = {
  readonly schemaVersion: 1;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly settings: BenchSettings;
  readonly machine: Machine;
  /** What was measured of, in the order of the tables. */
  readonly arms: readonly ArmDescription[];
  /** One entry for each turn that came to its end, in that order. */
  readonly turns: readonly TurnResult[];
  /** What each guarantee saves: empty where it was not asked for. */
  readonly losses: readonly LossResult[];
  /** Whether somebody ended the run before its last turn. */
  readonly wasInterrupted: boolean;
};

export type BenchSettings = {
  readonly isQuick: boolean;
  readonly rounds: number;
  /** Closed loop, before everything that is measured. */
  readonly warmUpSeconds: number;
  /** Orders per second of the paced phase, due whether or not earlier ones were answered. */
  readonly pacedRate: number;
  readonly pacedSeconds: number;
  /** Closed loop: a new order leaves when one is answered. */
  readonly capacitySeconds: number;
  /** Orders in flight in a closed loop. */
  readonly inFlight: number;
  /** The most that a closed loop sends per second; where that keeps it from being full, capacity is a lower bound. */
  readonly capacityRateMax: number;
  /** How long each experiment of the price list sends orders; absent, as long as it says itself. */
  readonly lossSeconds?: number;
};

export type Machine = {
  readonly cores: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  /** `Linux 6.12.1`. */
  readonly kernel: string;
  readonly nodeVersion: string;
  /** Versions of external programs, by name. */
  readonly tools: Readonly<Record<string, string>>;
  /** One, five and fifteen minutes, before the first turn. */
  readonly loadAverageBefore: readonly number[];
};

export type ArmDescription = {
  readonly name: ArmName;
  readonly title: string;
  readonly kind: ArmKind;
  /** The guarantee that it goes without, if it is on the price list. */
  readonly lacks?: string;
};

export type TurnResult = {
  readonly arm: ArmName;
  /** From 1. */
  readonly round: number;
} & TurnOutcome;

/**
 * - `measured`: every order of it was accounted for, and these are its figures. A ceiling has no paced phase.
 * - `violated`: orders were lost, charged twice, …; it has no figures.
 * - `inconclusive`: it could not be measured, or not be audited.
 */
export type TurnOutcome =
  | { readonly outcome: 'measured'; readonly paced?: PacedFigures; readonly capacity: CapacityFigures }
  | { readonly outcome: 'violated'; readonly findings: readonly ViolationCount[] }
  | { readonly outcome: 'inconclusive'; readonly why: string };

export type ViolationCount = {
  /** As the ledger calls it: `lost`, `double-charged`. */
  readonly invariant: string;
  readonly count: number;
};

export type PacedFigures = {
  readonly orders: number;
  /** Orders that got no 201, or that the recorder could not send in time. */
  readonly unaccepted: number;
  /** From the intended send time to the 201, repeats included. */
  readonly acceptanceUs: Percentiles;
  /** From the order's arrival at order to its outcome in the stream, milliseconds; 1 ms is the clocks' grain. */
  readonly settlementP99Ms: number;
  /** CPU time per accepted order until everything is settled, by process: `nats-0`, `payment-0`, `recorder`. */
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
  /** By which the files of all processes grew per accepted order, in every copy. */
  readonly diskBytesPerOrder: number;
};

export type CapacityFigures = {
  /** Accepted orders per second, without the first tenth of the phase. */
  readonly ordersPerSecond: number;
  /** Settled orders per second, from the first send to the last outcome; a ceiling settles none. */
  readonly settledPerSecond?: number;
  /** From the send to the 201; a ceiling does not tell. */
  readonly acceptanceUs?: Percentiles;
  /** As in the paced phase, at the arm's own capacity. */
  readonly cpuUsPerOrder?: Readonly<Record<string, number>>;
  /** Whether the closed loop was hardly held back by the platform, so that this can do more. */
  readonly isLowerBound: boolean;
  /** Of a ceiling: with how many connections and batches of how many messages it was reached. */
  readonly publisher?: { readonly clients: number; readonly batch: number };
};

export type Percentiles = { readonly p50: number; readonly p99: number; readonly p999: number };

/** What one fault does to a platform that goes without one guarantee, or without none. */
export type LossResult = {
  /** The arm that goes without it; the baseline goes without none. */
  readonly arm: ArmName;
  /** The experiment that broke it: `brokers-all-killed`. */
  readonly experiment: string;
  /** As the run is judged; also for a run that could not prove its fault. */
  readonly verdict: string;
  /** By the ledger; absent where nothing could be counted. */
  readonly counts?: {
    readonly accepted: number;
    /** Accepted, and in no stream. */
    readonly lost: number;
    /** Stored, and never settled. */
    readonly unsettled: number;
    /** Charged, and in no stream. */
    readonly chargedWithoutOrder: number;
  };
  /** Why the verdict is what it is, the weightiest first. */
  readonly reasons: readonly string[];
};

/** The figures are damaged, or of another version of this program. */
export class ResultsError extends Error {
  override readonly name = 'ResultsError';
}

/** Why something could not be measured: the first line of what was thrown, since further ones may be the end of a log. */
export function whyOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}

/**
 * Reads what {@link renderResults} wrote.
 * @throws ResultsError
 */
export function parseResults(text: string): BenchResults {
  let value: Partial<BenchResults> | null;
  try {
    value = JSON.parse(text) as Partial<BenchResults> | null;
  } catch (cause) {
    throw new ResultsError('the results are no JSON', { cause });
  }
  if (value?.schemaVersion !== 1 || !Array.isArray(value.turns)) {
    throw new ResultsError(
      `these are no results of this version: schemaVersion is ${value?.schemaVersion}, expected 1`,
    );
  }
  return value as BenchResults;
}

export function renderResults(results: BenchResults): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
