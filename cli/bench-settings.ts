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
};

/** Long enough for compilers, caches and raft logs to be as they are on a busy day. */
const full: BenchSettings = {
  isQuick: false,
  rounds: 3,
  warmUpSeconds: 5,
  pacedRate: 2_000,
  pacedSeconds: 20,
  capacitySeconds: 20,
  // Eight full groups, of which four travel: the next ones are ready when a PubAck comes.
  inFlight: 512,
  // Beyond what two cores can do by any design.
  capacityRateMax: 50_000,
};

const quick: BenchSettings = {
  ...full,
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
    pacedSeconds: options.for ?? base.pacedSeconds,
    capacitySeconds: options.capacityFor ?? base.capacitySeconds,
    inFlight: options.inFlight ?? base.inFlight,
    capacityRateMax: options.capacityRate ?? base.capacityRateMax,
  };
}
