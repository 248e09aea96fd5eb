/** How often something may be done. */
export type Rate = {
  readonly perSecond: number;
  /** How many may come at once, at least 1. */
  readonly burst: number;
};

export type RateLimit = {
  readonly rate: Rate;
  /**
   * Counts so many, if they may come now. More than a burst may come together when nothing else has come for as long as it
   * takes to have a whole burst; what is too much of them is waited for afterwards.
   *
   * @param nowMs by a clock that never jumps
   * @returns 0 when they may; else how many milliseconds later they might, and nothing is counted
   */
  take(count: number, nowMs: number): number;
};

/** A token bucket, kept as the time at which it is full again: one number, and nothing to refill (GCRA, ITU-T I.371). */
export function createRateLimit(rate: Rate): RateLimit {
  const msEach = 1_000 / rate.perSecond;
  const burstMs = rate.burst * msEach;
  let fullAtMs = Number.NEGATIVE_INFINITY;
  return {
    rate,
    take(count, nowMs) {
      const from = Math.max(fullAtMs, nowMs);
      const waitMs = from - nowMs + Math.min(count, rate.burst) * msEach - burstMs;
      // Sums of fractions are off by less than that.
      if (waitMs > 1e-6) return waitMs;
      fullAtMs = from + count * msEach;
      return 0;
    },
  };
}
