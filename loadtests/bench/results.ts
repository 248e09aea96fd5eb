import type { ArmKind, ArmName } from './arms.ts';
import type { MachineLoad } from './machine-load.ts';

/** What a run of the benchmark found: the one source of every table and of docs/performance.md. Plain data. */
export type BenchResults = {
  readonly schemaVersion: 2;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly settings: BenchSettings;
  readonly machine: Machine;
  /** What was measured of, in the order of the tables. */
  readonly arms: readonly ArmDescription[];
  /** One entry for each turn that came to its end, in the order in which they were taken. */
  readonly turns: readonly TurnResult[];
  /** What each guarantee saves: empty where it was not asked for. */
  readonly losses: readonly LossResult[];
  /** Whether somebody ended the run before its last turn. */
  readonly wasInterrupted: boolean;
};

export type BenchSettings = {
  readonly isQuick: boolean;
  readonly rounds: number;
  /** Of the order of the arms in each round. */
  readonly seed: number;
  /** Closed loop, before everything that is measured. */
  readonly warmUpSeconds: number;
  /** Orders per second of the paced phase, which every arm can keep, due whether or not earlier ones were answered. */
  readonly pacedRate: number;
  /** As {@link pacedRate}, the rate that the platform is to carry, which peers are not asked for; absent: no such phase. */
  readonly targetRate?: number;
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
  /** Of what is measured: `241fafb69f6e`, with `-dirty` where something was changed; absent outside of a working copy. */
  readonly revision?: string;
  /** Where platforms keep their files. */
  readonly disk: {
    /** `ext4`. */
    readonly fileSystem: string;
    readonly device: string;
    /** Of 4 KiB, one after the other, before the first turn, milliseconds. */
    readonly fsyncMs: { readonly p50: number; readonly p99: number };
  };
};

export type ArmDescription = {
  readonly name: ArmName;
  readonly title: string;
  readonly kind: ArmKind;
  /** The guarantee that it goes without, if it is on the price list. */
  readonly lacks?: string;
  /** The guarantee that it has and the baseline has not, if it is on the price list. */
  readonly adds?: string;
  /** The experiment that must cost it orders, or the price list shows nothing. */
  readonly mustLoseIn?: string;
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
  | {
      readonly outcome: 'measured';
      readonly facts: BrokerFacts;
      readonly paced?: PacedFigures;
      /** At the rate that the platform is to carry. */
      readonly atTarget?: PacedFigures;
      /** Why there is nothing of that rate, where it was asked for. */
      readonly whyNotAtTarget?: string;
      readonly capacity: CapacityFigures;
    }
  | { readonly outcome: 'violated'; readonly findings: readonly ViolationCount[] }
  | { readonly outcome: 'inconclusive'; readonly why: string };

export type ViolationCount = {
  /** As the ledger calls it: `lost`, `double-charged`. */
  readonly invariant: string;
  readonly count: number;
};

/** How the brokers of a turn kept orders, as they say. */
export type BrokerFacts = {
  readonly brokers: number;
  /** Of the orders stream. */
  readonly streamReplicas: number;
  /** When they fsync: `always`, or seconds (`120s`). */
  readonly sync: string;
  /** Whether they let in nobody without TLS; absent: they do. */
  readonly hasTls?: true;
};

/** What every phase of orders tells. */
export type PhaseFigures = {
  /** Orders that were sent and got no 201; in a paced phase also those that the recorder could not send in time. */
  readonly unaccepted: number;
  /** CPU time per accepted order until everything is settled and told, by process: `nats-0`, `payment-0`, `recorder`. */
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
  /** Accepted orders per message that was stored. */
  readonly ordersPerMessage: number;
  /** Calls to the provider that were for several charges. */
  readonly batchCalls: number;
  readonly bytesPerOrder: BytesPerOrder;
  /** Absent where the machine does not tell. */
  readonly machine?: MachineLoad;
};

export type PacedFigures = PhaseFigures & {
  /** Orders per second that were due. */
  readonly rate: number;
  readonly orders: number;
  /** From the intended send time to the 201, repeats included. */
  readonly acceptanceUs: Percentiles;
  /** From the order's arrival at order's HTTP handler to the delivery of its outcome; 1 ms is the clocks' grain. */
  readonly settlementP99Ms: number;
};

/** Bytes by which an accepted order makes everything grow, in every copy. */
export type BytesPerOrder = {
  /** Messages in streams, as the brokers count them. */
  readonly streams: number;
  /** The brokers' other files, mostly raft logs; they shrink when these are compacted. */
  readonly brokersOther: number;
  /** The services' databases, with write-ahead logs. */
  readonly databases: number;
};

export type CapacityFigures = Partial<PhaseFigures> & {
  /** Accepted orders per second, without the first tenth of the phase. */
  readonly ordersPerSecond: number;
  /** Settled orders per second in the same time; a ceiling settles none. */
  readonly settledPerSecond?: number;
  /** From the send to the 201; a ceiling does not tell. */
  readonly acceptanceUs?: Percentiles;
  /** Cores that the recorder took, of which it can use one; absent for a ceiling. */
  readonly recorderCores?: number;
  /** Whether the closed loop was hardly held back by the platform, or the recorder was busy, so that this can do more. */
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
  /** Orders per second that were sent, and for how long. */
  readonly rate: number;
  readonly seconds: number;
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
  if (value?.schemaVersion !== 2) {
    throw new ResultsError(
      `these are no results of this version: schemaVersion is ${value?.schemaVersion}, expected 2`,
    );
  }
  const isList = (part: keyof BenchResults) => Array.isArray(value[part]);
  const isObject = (part: keyof BenchResults) => typeof value[part] === 'object' && value[part] !== null;
  const missing = [
    ...(['turns', 'arms', 'losses'] as const).filter((part) => !isList(part)),
    ...(['settings', 'machine'] as const).filter((part) => !isObject(part)),
  ];
  if (missing.length > 0) throw new ResultsError(`the results lack ${missing.join(', ')}`);
  return value as BenchResults;
}

export function renderResults(results: BenchResults): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
