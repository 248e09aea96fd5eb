/**
 * How many virtual users a rate needs. One is held by each order until its last answer, so a leader election of
 * 7 s with nothing answered holds 7 s of arrivals, and their back-off a little more. All are made before the
 * start: k6 drops an iteration for each one it has to make later. About 0.3 MB each.
 *
 * @param rate orders per second
 */
export function k6VirtualUsers(rate: number): number {
  return Math.max(20, Math.ceil(rate * 9));
}
