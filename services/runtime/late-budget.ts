import { type KeptFor, keptFor } from '../../observability/names/spans.ts';

/** Orders a second that are told late: in an outage every order fails or is slow, and a few say it all. */
const lateOrdersPerSecondMax: Readonly<Record<KeptFor, number>> = { client: 0, failure: 20, slowness: 5 };

/**
 * Decides which unsampled orders are told late: the first 20 of each second that fail, and the first 5 that are slow, so
 * that many of the one hide none of the other.
 */
export function createLateBudget(): (reason: KeptFor, nowMs: number) => boolean {
  const spent = { client: 0, failure: 0, slowness: 0 };
  let second = 0;
  return (reason, nowMs) => {
    const now = Math.floor(nowMs / 1_000);
    if (now !== second) {
      second = now;
      for (const one of keptFor) spent[one] = 0;
    }
    spent[reason] += 1;
    return spent[reason] <= lateOrdersPerSecondMax[reason];
  };
}
