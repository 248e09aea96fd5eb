import type { Histogram } from 'hdr-histogram-js';
import { build } from 'hdr-histogram-js';
import type { AttemptRecord } from './history.ts';

/** A span of a run in microseconds after its start; an order belongs to it by the time it should have been sent. */
export type LatencyWindow = {
  readonly name: string;
  readonly fromUs: number;
  /** Not included. */
  readonly toUs: number;
};

/** Percentiles in microseconds, within 0.1 %; undefined when there were no samples. */
export type Percentiles = {
  readonly samples: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
};

export type LatencySummary = {
  readonly name: string;
  readonly orders: number;
  readonly accepted: number;
  /**
   * From when the order should have been sent to its 201, retries and waits included: what a customer waits. Measured from
   * the intended time, so a generator or platform that stalls hides nothing (coordinated omission, Gil Tene).
   */
  readonly final: Percentiles | undefined;
  /** The same to the first answer of any kind, or the giving up on it. */
  readonly firstTry: Percentiles | undefined;
};

export type AnswerCounts = {
  /** Answers, sends that were retried included, by status; `none` for no answer at all. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Orders sent more than once. */
  readonly retriedOrders: number;
};

/** What became of the orders that should have been sent within one slice of a run. */
export type LatencySlice = {
  /** Where it begins, microseconds after the run's start. */
  readonly fromUs: number;
  readonly orders: number;
  readonly accepted: number;
  /** Answers of its orders, retries included, that were no 201. */
  readonly failedAnswers: number;
  /** Of its accepted orders, as {@link LatencySummary.final}; undefined without any. */
  readonly final: Percentiles | undefined;
};

export type LatencyReport = {
  readonly overall: LatencySummary;
  readonly windows: readonly LatencySummary[];
  /** The run in slices of equal length; absent where the client keeps no times of single orders. */
  readonly timeline?: { readonly sliceUs: number; readonly slices: readonly LatencySlice[] };
  readonly answers: AnswerCounts;
};

/** More slices than these say no more to an eye, and take memory. */
const slicesMax = 120;

/** The length of a timeline's slices: whole seconds, at least one, so that there are at most 120. */
export function sliceUsOf(durationSeconds: number): number {
  return Math.max(1, Math.ceil(durationSeconds / slicesMax)) * 1_000_000;
}

/**
 * Measures a client history in one pass and constant memory.
 *
 * @param windows may overlap and need not cover the run
 * @param sliceUs length of the timeline's slices; without it there is no timeline
 */
export async function measureLatency(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  windows: readonly LatencyWindow[],
  sliceUs?: number,
): Promise<LatencyReport> {
  const slices: Measurement[] = [];
  const overall = new Measurement();
  const measured = windows.map((window) => ({ window, measurement: new Measurement() }));
  const byStatus: Record<string, number> = {};
  let retriedOrders = 0;
  for await (const batch of batches) {
    for (const record of batch) {
      overall.add(record);
      if (sliceUs !== undefined) {
        const at = Math.min(Math.floor(record.intendedAtUs / sliceUs), slicesMax - 1);
        while (slices.length <= at) slices.push(new Measurement());
        slices[at]?.add(record);
      }
      for (const { window, measurement } of measured) {
        if (record.intendedAtUs >= window.fromUs && record.intendedAtUs < window.toUs)
          measurement.add(record);
      }
      for (const { status } of record.answers) {
        const key = status === 0 ? 'none' : String(status);
        byStatus[key] = (byStatus[key] ?? 0) + 1;
      }
      if (record.answers.length > 1) retriedOrders++;
    }
  }
  return {
    overall: overall.summary('overall'),
    windows: measured.map(({ window, measurement }) => measurement.summary(window.name)),
    ...(sliceUs === undefined
      ? {}
      : { timeline: { sliceUs, slices: slices.map((slice, at) => slice.slice(at * sliceUs)) } }),
    answers: { byStatus, retriedOrders },
  };
}

/** The histograms of one window. */
class Measurement {
  #orders = 0;
  #failedAnswers = 0;
  readonly #final = createHistogram();
  readonly #firstTry = createHistogram();

  add(record: AttemptRecord): void {
    this.#orders++;
    for (const { status } of record.answers) if (status !== 201) this.#failedAnswers++;
    const first = record.answers[0];
    if (first !== undefined) this.#firstTry.recordValue(first.answeredAfterUs);
    if (record.outcome !== 'accepted') return;
    const last = record.answers.findLast(({ status }) => status === 201);
    if (last !== undefined) this.#final.recordValue(last.answeredAfterUs);
  }

  slice(fromUs: number): LatencySlice {
    return {
      fromUs,
      orders: this.#orders,
      accepted: this.#final.totalCount,
      failedAnswers: this.#failedAnswers,
      final: percentiles(this.#final),
    };
  }

  summary(name: string): LatencySummary {
    return {
      name,
      orders: this.#orders,
      accepted: this.#final.totalCount,
      final: percentiles(this.#final),
      firstTry: percentiles(this.#firstTry),
    };
  }
}

/** Values below 2^32 microseconds (what a history holds), kept to three significant digits. */
function createHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2 ** 32,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });
}

function percentiles(histogram: Histogram): Percentiles | undefined {
  if (histogram.totalCount === 0) return undefined;
  return {
    samples: histogram.totalCount,
    p50Us: histogram.getValueAtPercentile(50),
    p90Us: histogram.getValueAtPercentile(90),
    p99Us: histogram.getValueAtPercentile(99),
    p999Us: histogram.getValueAtPercentile(99.9),
    maxUs: histogram.maxValue,
  };
}
