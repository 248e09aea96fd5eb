import type { LoadPhase, LoadShape } from '../../verdict/index.ts';

/** How much a proof asks for: what issue 6 says, or little enough for every change. */
export type ProofSize = 'full' | 'small';

/** A line of "What it must show". */
export type ProofLine = {
  /** A word, as `stormproof proof` takes it. */
  readonly name: ProofName;
  /** What it shows, as one line of a list. */
  readonly title: string;
};

export const proofLines = [
  { name: 'steady', title: '10,000 single orders/s for 5 minutes: latency, settlement, memory, CPU' },
  { name: 'black-friday', title: 'Black Friday by k6, ten orders in a request: every promise kept' },
  { name: 'black-friday-faults', title: 'the same, with a broker leader and payment killed at the peak' },
  { name: 'capacity', title: 'what a closed loop gets out of it, beside its peers' },
  { name: 'overload', title: 'twice what it can do for a minute: goodput, refusals, recovery' },
  { name: 'soak', title: 'half an hour: memory, disk, lag; then everything killed and rebuilt' },
  { name: 'audit', title: 'the ledger over 3,000,000 orders: time and memory' },
] as const satisfies readonly { readonly name: string; readonly title: string }[];

export type ProofName = (typeof proofLines)[number]['name'];

/** Orders at one rate, after a warm-up that is not judged. */
export type FlatLoad = {
  /** Orders per second. */
  readonly rate: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
};

/** The bounds of each line, from issue 6, and how much load shows them. */
export const steadySizes = {
  // Stores of traces and samples take minutes to fill, whatever the rate: memory is judged from then on.
  full: { rate: 10_000, warmUpSeconds: 180, seconds: 300, memorySeconds: 180 },
  small: { rate: 300, warmUpSeconds: 3, seconds: 15, memorySeconds: 12 },
} as const satisfies Record<ProofSize, FlatLoad & { readonly memorySeconds: number }>;

export const steadyLimits = {
  acceptanceP99MsMax: 50,
  settlementP99MsMax: 1_000,
  memoryPerMinuteMax: 0.01,
  platformCpuUsMax: 140,
} as const;

/** Ten orders in a request. The faults need half a minute after them to tell that promises are kept again. */
export const blackFridaySizes = {
  full: { rate: 10_000, time: 1, timeWithFaults: 1 },
  small: { rate: 300, time: 0.12, timeWithFaults: 0.25 },
} as const satisfies Record<ProofSize, object>;

export const blackFridayLimits = { ordersPerRequest: 10, recoverMs: 15_000 } as const;

export const capacityLimits = {
  ordersPerSecondMin: 13_000,
  ratioToPeerMin: 4,
  ratioToFsyncPeerMin: 15,
} as const;

/**
 * `calmRate` is sent before and after the overload; the aftermath is longer than the bound of recovery, and what must be calm
 * for two seconds has room behind it.
 */
export const overloadSizes = {
  full: {
    calmRate: 2_000,
    calmSeconds: 10,
    seconds: 60,
    aftermathSeconds: 20,
    warmUpSeconds: 10,
    capacitySeconds: 20,
  },
  small: {
    calmRate: 100,
    calmSeconds: 3,
    seconds: 8,
    aftermathSeconds: 14,
    warmUpSeconds: 3,
    capacitySeconds: 4,
  },
} as const satisfies Record<ProofSize, object>;

export const overloadLimits = {
  /** How many times the capacity is sent. */
  factor: 2,
  goodputShareMin: 0.7,
  /** Beyond it the capacity was measured too low, and what was sent was no overload of twice as much. */
  goodputShareMax: 1.5,
  acceptedP99MsMax: 100,
  recoverMs: 10_000,
} as const;

/** The calibration says how many bytes an order takes; memory is judged once caches have filled. */
export const soakSizes = {
  full: { rate: 2_000, warmUpSeconds: 10, seconds: 1_790, calibrationSeconds: 120, memorySeconds: 1_200 },
  small: { rate: 200, warmUpSeconds: 2, seconds: 15, calibrationSeconds: 5, memorySeconds: 12 },
} as const satisfies Record<
  ProofSize,
  FlatLoad & { readonly calibrationSeconds: number; readonly memorySeconds: number }
>;

export const soakLimits = {
  /** Flat: over twenty minutes less than a tenth. */
  memoryPerMinuteMax: 0.005,
  /** How far bytes in streams may be from what was predicted, either way. */
  streamsShareMax: 0.1,
  /** How far all files may be beyond it: logs of raft grow until they are compacted. */
  filesShareMax: 0.25,
  /** By how many groups or messages what waits may grow over the whole soak. */
  lagRiseMax: 32,
  rebuiltPerSecondMin: 100_000,
} as const;

export const auditSizes = {
  full: { ...steadySizes.full, warmUpSeconds: 20, orders: 3_000_000 },
  small: { ...steadySizes.small, orders: 4_500 },
} as const satisfies Record<ProofSize, FlatLoad & { readonly orders: number }>;

export const auditLimits = { secondsMax: 60, peakBytesMax: 500e6 } as const;

/** A shape of one rate, reached within the warm-up. */
export function flatShape(name: string, { rate, warmUpSeconds, seconds }: FlatLoad): LoadShape {
  const warmUp: LoadPhase = {
    ...{ name: 'warm-up', startRate: Math.ceil(rate / 10), endRate: rate },
    ...{ durationMs: warmUpSeconds * 1_000, isJudged: false },
  };
  return { name, phases: [warmUp, phase(name, rate, seconds, true)] };
}

/**
 * A shape that asks for more than the platform takes for a while, and for little before and after.
 *
 * @param overloadRate orders per second
 */
export function overloadShape(
  {
    calmRate,
    calmSeconds,
    seconds,
    aftermathSeconds,
  }: Omit<(typeof overloadSizes)[ProofSize], 'warmUpSeconds' | 'capacitySeconds'>,
  overloadRate: number,
): LoadShape {
  return {
    name: 'overload',
    phases: [
      phase('calm', calmRate, calmSeconds, false),
      phase('overload', overloadRate, seconds, false),
      phase('aftermath', calmRate, aftermathSeconds, false),
    ],
  };
}

function phase(name: string, rate: number, seconds: number, isJudged: boolean): LoadPhase {
  return { name, startRate: rate, endRate: rate, durationMs: seconds * 1_000, isJudged };
}
