import type { RequestPlan } from './plan.ts';

/** Which requests of the plan those that were sent are. */
export type Placing = {
  /** When the first phase began, milliseconds on the log's clock. */
  readonly originMs: number;
  /** When a request that was sent had been due, microseconds after that. */
  readonly dueAtUs: (request: number) => number;
};

/**
 * k6 counts the requests that it starts; those that it drops leave no gap in their numbers. Since nothing starts before it is
 * due, the earliest start tells when k6 began to count time (some while after it says so: its virtual users come first). And as
 * one that was dropped never comes back, while one that is late is caught up with, the drops up to a request are the fewest by
 * which it or any later one is behind.
 *
 * @param startsMs of each request, on the log's clock in whole milliseconds; NaN where it is not known
 * @param dropped how many in all
 */
export function placeRequests(startsMs: Float64Array, plan: RequestPlan, dropped: number): Placing {
  let originMs = Infinity;
  for (let request = 0; request < startsMs.length; request++) {
    const beforeMs = (startsMs[request] ?? Number.NaN) - plan.dueAtUs(request) / 1_000;
    if (beforeMs < originMs) originMs = beforeMs;
  }
  if (originMs === Infinity) originMs = 0;
  if (dropped === 0) return { originMs, dueAtUs: plan.dueAtUs };
  const drops = new Uint32Array(startsMs.length);
  let fewest = dropped;
  for (let request = startsMs.length - 1; request >= 0; request--) {
    const startMs = startsMs[request] ?? Number.NaN;
    // Up to a millisecond later than its clock says.
    if (!Number.isNaN(startMs)) {
      fewest = Math.min(fewest, Math.max(0, dueBy(plan, (startMs + 1 - originMs) * 1_000) - 1 - request));
    }
    drops[request] = fewest;
  }
  return { originMs, dueAtUs: (request) => plan.dueAtUs(request + (drops[request] ?? 0)) };
}

/** How many requests of the plan are due by then. */
function dueBy({ requests, dueAtUs }: RequestPlan, atUs: number): number {
  let [low, high] = [0, requests];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (dueAtUs(middle) <= atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
