const virtualUsersMax = 20_000;

/**
 * How many virtual users a rate needs. One is held by each request until the last of its orders is settled. A killed leader's
 * election takes up to 7 s, its return can force another one, and orders that back off follow late: 14 s of arrivals in all.
 * All are made before the start: k6 drops an iteration for each one it has to make later. Each takes memory (`memory.ts`), so there
 * is an end to it: beyond, k6 drops sooner, and says so.
 *
 * @param rate requests per second
 */
export function k6VirtualUsers(rate: number): number {
  return Math.min(virtualUsersMax, Math.max(20, Math.ceil(rate * 14)));
}
