/** When those who get no order stored may come back. */
export type Patience = {
  /**
   * Notes that orders of one request were not stored, as far as is known.
   *
   * @param orders default 1
   * @returns the seconds after which they may be sent again
   */
  seconds(orders?: number): number;
  /** Notes that this replica has stored orders: an outage, if there was one, is over. */
  stored(orders: number): void;
};

/** Long enough to spread a crowd, short enough that customers still wait for it. */
const retryAfterSecondsMax = 10;

/** How long orders are counted before the counts begin anew, milliseconds. */
const countedMs = 1_000;

/** Seconds for each time that refused orders outnumber stored ones. */
const secondsPerExcess = 4;

/**
 * While nothing is stored, the longer it lasts the more customers wait, so each is asked to wait a quarter of that time. Until it
 * is forty seconds repeats come at most about four times as often as new orders, which the service must stand when it can store
 * them again; an outage that lasts longer draws more, since nobody is asked to wait for more than ten seconds.
 *
 * While orders are stored and others refused, more come than can be stored, and those who were refused come back on top of them.
 * Asked to wait for one second, `n` customers who do not give up come `n` times a second, however little room there is. The more
 * refusals there are for each stored order, the longer the wait: then repeats grow with the square root of `n` only.
 *
 * @param options.nowMs a clock that never jumps
 */
export function createPatience(options: { readonly nowMs: () => number }): Patience {
  /** When an order was refused for the first time since one was stored. */
  let refusingSinceMs: number | undefined;
  let counts = { sinceMs: Number.NEGATIVE_INFINITY, stored: 0, refused: 0 };
  /** Refused orders for each stored one, when they were last counted. */
  let excess = 0;

  const count = (now: number): typeof counts => {
    if (now - counts.sinceMs >= countedMs) {
      const isRecent = now - counts.sinceMs < 2 * countedMs;
      // A crowd waits out a second in which nothing was stored, and is as large as before; one that nobody was refused in has gone.
      if (!isRecent || counts.refused === 0) excess = 0;
      else if (counts.stored > 0) excess = counts.refused / counts.stored;
      counts = { sinceMs: now, stored: 0, refused: 0 };
    }
    return counts;
  };

  return {
    seconds(orders = 1) {
      const now = options.nowMs();
      count(now).refused += orders;
      refusingSinceMs ??= now;
      const byOutage = 1 + Math.floor((now - refusingSinceMs) / 4_000);
      const byCrowd = 1 + Math.floor(secondsPerExcess * excess);
      return Math.min(retryAfterSecondsMax, Math.max(byOutage, byCrowd));
    },
    stored(orders) {
      count(options.nowMs()).stored += orders;
      refusingSinceMs = undefined;
    },
  };
}
