import { metrics } from '../../observability/names/metrics.ts';
import type { Telemetry } from '../runtime/index.ts';
import { createCounter } from '../runtime/index.ts';
import type { ChargeResult } from './charge.ts';

/** What the provider did since it started. */
export type Counters = {
  calls: number;
  batchCalls: number;
  charged: number;
  declined: number;
  conflicts: number;
  replayed: number;
  errors: number;
  lies: number;
};

/** Counts for the admin listener and for the metrics alike. */
export type Tally = {
  readonly counters: Counters;
  countCall(isBatch: boolean): void;
  countResults(results: readonly ChargeResult[]): void;
};

type ResultName = 'charged' | 'declined' | 'conflicts' | 'replayed' | 'errors' | 'lies';

export function createTally(telemetry: Telemetry): Tally {
  const charges = createCounter(
    telemetry.meter,
    metrics.pspCharges,
    Object.values(labels).map((result) => ({ result })),
  );
  const counters: Counters = {
    calls: 0,
    batchCalls: 0,
    charged: 0,
    declined: 0,
    conflicts: 0,
    replayed: 0,
    errors: 0,
    lies: 0,
  };
  return {
    counters,
    countCall(isBatch) {
      if (isBatch) counters.batchCalls++;
      else counters.calls++;
    },
    countResults(results) {
      const found: Record<ResultName, number> = {
        charged: 0,
        declined: 0,
        conflicts: 0,
        replayed: 0,
        errors: 0,
        lies: 0,
      };
      for (const result of results) found[nameOf(result)]++;
      for (const name of Object.keys(found) as ResultName[]) {
        if (found[name] === 0) continue;
        counters[name] += found[name];
        charges.add(found[name], { result: labels[name] });
      }
    },
  };
}

const labels: Readonly<Record<ResultName, string>> = {
  charged: 'charged',
  declined: 'declined',
  conflicts: 'conflict',
  replayed: 'replayed',
  errors: 'error',
  lies: 'lie',
};

function nameOf(result: ChargeResult): ResultName {
  switch (result.status) {
    case 'conflict':
      return 'conflicts';
    case 'error':
      return 'errors';
    default:
      if ('isLie' in result) return 'lies';
      return result.isReplay ? 'replayed' : result.status;
  }
}
