import type { ArmName, BenchSettings } from '../loadtests/bench/index.ts';
import type { PlatformOptions } from './command.ts';

/** The options of `stormproof bench`; what is absent follows from `quick`. */
export type BenchOptions = PlatformOptions & {
  readonly quick?: boolean;
  readonly arms?: readonly ArmName[];
  readonly rounds?: number;
  readonly rate?: number;
  readonly for?: number;
  readonly capacityFor?: number;
  readonly inFlight?: number;
  readonly capacityRate?: number;
  readonly losses?: boolean;
  /** True without a folder. */
  readonly write?: true | string;
  /** Writes also what is not a whole run. */
  readonly force?: boolean;
  readonly targetRate?: number;
  readonly seed?: number;
};

/** Long enough for compilers, caches and raft logs to be as they are on a busy day. */
const full: BenchSettings = {
  isQuick: false,
  rounds: 3,
  warmUpSeconds: 5,
  seed: 1,
  // What the plain peer keeps that fsyncs every order three times on two cores: latencies are compared where all keep the rate.
  pacedRate: 200,
  // What issue 6 asks of the platform.
  targetRate: 10_000,
  pacedSeconds: 30,
  capacitySeconds: 20,
  // Eight full groups, of which four travel: the next ones are ready when a PubAck comes. Each order has its connection.
  inFlight: 512,
  // Beyond what two cores can do by any design.
  capacityRateMax: 50_000,
};

const { targetRate: _onlyInFull, ...withoutTarget } = full;
const quick: BenchSettings = {
  ...withoutTarget,
  isQuick: true,
  rounds: 1,
  warmUpSeconds: 1,
  pacedRate: 200,
  pacedSeconds: 3,
  capacitySeconds: 3,
  lossSeconds: 24,
};

/** How a run measures. Pure. */
export function settingsOf(options: Omit<BenchOptions, 'dir'>): BenchSettings {
  const base = options.quick === true ? quick : full;
  return {
    ...base,
    rounds: options.rounds ?? base.rounds,
    pacedRate: options.rate ?? base.pacedRate,
    ...(options.targetRate === undefined ? {} : { targetRate: options.targetRate }),
    seed: options.seed ?? base.seed,
    pacedSeconds: options.for ?? base.pacedSeconds,
    capacitySeconds: options.capacityFor ?? base.capacitySeconds,
    inFlight: options.inFlight ?? base.inFlight,
    capacityRateMax: options.capacityRate ?? base.capacityRateMax,
  };
}
