import { build } from 'hdr-histogram-js';

/** How a run stands; counts are since its start. */
export type RecorderProgress = {
  readonly elapsedSeconds: number;
  /** Orders sent at least once. */
  readonly sent: number;
  readonly accepted: number;
  /** Sends beyond an order's first. */
  readonly retried: number;
  readonly refused: number;
  readonly unknown: number;
  /** Planned orders that could not be sent in time. */
  readonly dropped: number;
  /** Orders sent and not ended: waiting for an answer or for their next try. */
  readonly inFlight: number;
  /** Intended send time to 201, of the orders accepted since the last report; 0 without any. */
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** Counts of orders by what became of them. */
export type OrderCounts = {
  sent: number;
  retried: number;
  dropped: number;
  accepted: number;
  refused: number;
  unknown: number;
};

/** Keeps the figures of a run's progress. */
export class ProgressMeter {
  readonly counts: OrderCounts = { sent: 0, retried: 0, dropped: 0, accepted: 0, refused: 0, unknown: 0 };
  /** Latencies since the last report. */
  readonly #latencyUs = build({ bitBucketSize: 32, numberOfSignificantValueDigits: 3 });

  /** @param latencyUs intended send time to 201 */
  recordAccepted(latencyUs: number): void {
    this.#latencyUs.recordValue(Math.max(1, latencyUs));
  }

  /** The figures now; the latencies start anew. */
  report(elapsedSeconds: number): RecorderProgress {
    const { sent, accepted, refused, unknown } = this.counts;
    const progress = {
      elapsedSeconds,
      ...this.counts,
      inFlight: sent - accepted - refused - unknown,
      p50Ms: this.#latencyUs.getValueAtPercentile(50) / 1_000,
      p99Ms: this.#latencyUs.getValueAtPercentile(99) / 1_000,
    };
    this.#latencyUs.reset();
    return progress;
  }
}
