import type { AttemptRecord } from './history.ts';
import { createHistogram, type Percentiles, percentilesOf } from './percentiles.ts';
import { createTimeline, type Timeline } from './timeline.ts';

/** A span of a run in microseconds after its start; an order belongs to it by the time it should have been sent. */
export type LatencyWindow = {
  readonly name: string;
  readonly fromUs: number;
  /** Not included. */
  readonly toUs: number;
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

export type LatencyReport = {
  readonly overall: LatencySummary;
  readonly windows: readonly LatencySummary[];
  /** Absent where the client keeps no times of single orders. */
  readonly timeline?: Timeline;
  readonly answers: AnswerCounts;
};

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
  const timeline = sliceUs === undefined ? undefined : createTimeline(sliceUs);
  const overall = new Measurement();
  const measured = windows.map((window) => ({ window, measurement: new Measurement() }));
  const byStatus: Record<string, number> = {};
  let retriedOrders = 0;
  for await (const batch of batches) {
    for (const record of batch) {
      overall.add(record);
      timeline?.add(record);
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
    ...(timeline === undefined ? {} : { timeline: timeline.end() }),
    answers: { byStatus, retriedOrders },
  };
}

/** The histograms of one window. */
class Measurement {
  #orders = 0;
  readonly #final = createHistogram();
  readonly #firstTry = createHistogram();

  add(record: AttemptRecord): void {
    this.#orders++;
    const first = record.answers[0];
    if (first !== undefined) this.#firstTry.recordValue(first.answeredAfterUs);
    if (record.outcome !== 'accepted') return;
    const last = record.answers.findLast(({ status }) => status === 201);
    if (last !== undefined) this.#final.recordValue(last.answeredAfterUs);
  }

  summary(name: string): LatencySummary {
    return {
      name,
      orders: this.#orders,
      accepted: this.#final.totalCount,
      final: percentilesOf(this.#final),
      firstTry: percentilesOf(this.#firstTry),
    };
  }
}
