import type { Meter } from '@opentelemetry/api';
import { metrics } from '../../observability/names/metrics.ts';
import { createHistogram } from './telemetry.ts';

/** What was waited for a database since the process started. */
export type DatabaseWaits = {
  readonly changes: number;
  /** Of all changes together, milliseconds. */
  readonly waitedMs: number;
  /** Changes that waited for more than a quarter of a second. */
  readonly longWaits: number;
};

const longMs = 250;

/** Measures how long changes of a service's database take, for the metrics and the admin listener alike. */
export type DatabaseWait = {
  /**
   * A change was made, or given up, `waitedMs` after it was due: queueing and the transaction, milliseconds. One that is
   * still waited for is not known of.
   */
  record(waitedMs: number): void;
  waits(): DatabaseWaits;
};

/** @param database what the metric calls it: `projection`, `ledger` */
export function createDatabaseWait(meter: Meter, database: string): DatabaseWait {
  const histogram = createHistogram(meter, metrics.databaseWait);
  const attributes = { database };
  let changes = 0;
  let waitedMs = 0;
  let longWaits = 0;
  return {
    record(ms) {
      // The clock of the machine may be set back.
      const atLeastMs = Math.max(0, ms);
      changes += 1;
      waitedMs += atLeastMs;
      if (atLeastMs > longMs) longWaits += 1;
      histogram.record(atLeastMs / 1_000, attributes);
    },
    waits: () => ({ changes, waitedMs, longWaits }),
  };
}
