/**
 * How many virtual users a rate needs. One is held by each order until its last answer. A killed leader's election
 * takes up to 7 s, its return can force another one, and orders that back off follow late: 14 s of arrivals in all.
 * All are made before the start: k6 drops an iteration for each one it has to make later. About 0.3 MB each.
 *
 * @param rate orders per second
 */
export function k6VirtualUsers(rate: number): number {
  return Math.max(20, Math.ceil(rate * 14));
}
