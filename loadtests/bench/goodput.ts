import { build } from 'hdr-histogram-js';
import type { AttemptRecord } from '../../verdict/index.ts';
import type { Percentiles } from './results.ts';

export type Goodput = {
  /** Orders with a 201. */
  readonly accepted: number;
  /** Orders that were sent and got none. */
  readonly unaccepted: number;
  /** 201s per second between `fromUs` and `toUs`. */
  readonly acceptedPerSecond: number;
  /** Microseconds from the intended send time to the 201: what a customer waits (coordinated omission, Gil Tene). */
  readonly fromIntendedUs: Percentiles;
  /**
   * Microseconds from the send that got the 201: in a closed loop the intended time of an order that had to wait for its
   * turn says nothing of the platform.
   */
  readonly fromSendUs: Percentiles;
  /** Orders that were sent and not ended, on average over the window: whatever became of them, and waits for repeats included. */
  readonly outstandingMean: number;
};

/** A part of a run, microseconds since its start; the end is not included. */
export type GoodputWindow = { readonly fromUs: number; readonly toUs: number };

/** The share of a phase in which connections are opened and groups begin to fill: no part of its throughput. */
const rampShare = 0.1;

/** The part of a phase of so many seconds in which its throughput is counted. */
export function throughputWindow(seconds: number): GoodputWindow {
  return { fromUs: seconds * 1e6 * rampShare, toUs: seconds * 1e6 };
}

/**
 * Measures a client history in one pass.
 *
 * @param window in which 201s are counted as throughput, and orders as outstanding
 */
export async function measureGoodput(
  batches: AsyncIterable<readonly AttemptRecord[]>,
  window: GoodputWindow,
): Promise<Goodput> {
  const fromIntended = createHistogram();
  const fromSend = createHistogram();
  let unaccepted = 0;
  let within = 0;
  let outstandingUs = 0;
  for await (const batch of batches) {
    for (const { outcome, intendedAtUs, answers } of batch) {
      const last = answers.at(-1);
      const sentAtUs = intendedAtUs + (answers[0]?.sentAfterUs ?? 0);
      const endedAtUs = intendedAtUs + (last?.answeredAfterUs ?? 0);
      outstandingUs += Math.max(0, Math.min(endedAtUs, window.toUs) - Math.max(sentAtUs, window.fromUs));
      if (outcome !== 'accepted' || last === undefined) {
        unaccepted += 1;
        continue;
      }
      fromIntended.recordValue(Math.max(1, last.answeredAfterUs));
      fromSend.recordValue(Math.max(1, last.answeredAfterUs - last.sentAfterUs));
      if (endedAtUs >= window.fromUs && endedAtUs < window.toUs) within += 1;
    }
  }
  const accepted = fromIntended.totalCount;
  const windowUs = window.toUs - window.fromUs;
  const acceptedPerSecond = within / (windowUs / 1e6);
  return {
    ...{ accepted, unaccepted, acceptedPerSecond },
    outstandingMean: outstandingUs / windowUs,
    fromIntendedUs: percentilesOf(fromIntended),
    fromSendUs: percentilesOf(fromSend),
  };
}

const createHistogram = () => build({ numberOfSignificantValueDigits: 3, bitBucketSize: 32 });

function percentilesOf(histogram: ReturnType<typeof createHistogram>): Percentiles {
  return {
    p50: histogram.getValueAtPercentile(50),
    p99: histogram.getValueAtPercentile(99),
    p999: histogram.getValueAtPercentile(99.9),
  };
}
