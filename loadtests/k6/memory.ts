import { k6VirtualUsers } from './sizing.ts';

/** Of what the machine has available k6 may take so much: the platform runs there too. */
const availableShareMax = 0.5;

/** Garbage of few virtual users may lie: collecting it again and again costs more than keeping it. */
const relaxedUsersMax = 1_000;
const relaxedPercent = 400;
const tightPercent = 100;

/**
 * How far Go's heap may grow beyond what lives before it is collected, in percent (`GOGC`, pkg.go.dev/runtime): a heap of thousands
 * of virtual users hardly changes, and would be walked through in vain; one of very many must not be five times what lives.
 */
export function k6GarbagePercent(virtualUsers: number): number {
  const percent = Math.round((relaxedPercent * relaxedUsersMax) / Math.max(1, virtualUsers));
  return Math.min(relaxedPercent, Math.max(tightPercent, percent));
}

/**
 * Go's settings for so many virtual users.
 *
 * @param availableBytes what the machine has for programs that start now
 */
export function k6MemorySettings(virtualUsers: number, availableBytes: number): Record<string, string> {
  return {
    GOGC: String(k6GarbagePercent(virtualUsers)),
    // Beyond, Go collects however much that costs, before the kernel kills it, or the platform.
    GOMEMLIMIT: String(Math.floor(availableBytes * availableShareMax)),
  };
}

/**
 * What lives for a virtual user: its own JavaScript engine with all that the scenario imports. Measured with k6 2.2: 400 of them took
 * 252 MB of memory with GOGC=100, and 539 MB and more with GOGC=400.
 */
const liveBytesPerUser = 320_000;

/** Go collects all the time when less than half as much again is left for garbage. */
const headroomMin = 1.5;

/** The least memory, in bytes, in which k6 has room for so many virtual users; it takes more where the limit lets it. */
export function leastBytes(virtualUsers: number): number {
  return virtualUsers * liveBytesPerUser * headroomMin;
}

/**
 * Why k6 should not be asked for a load on this machine: its virtual users would take the memory of the platform. Pure.
 *
 * @param load orders per second at its highest, and orders in a request
 * @param availableBytes what the machine has for programs that start now
 * @returns undefined when there is memory enough
 */
export function k6MemoryProblem(
  { rate, ordersPerRequest = 1 }: { readonly rate: number; readonly ordersPerRequest?: number | undefined },
  availableBytes: number,
): string | undefined {
  const takes = (orders: number) => leastBytes(k6VirtualUsers(rate / orders));
  const limitBytes = availableBytes * availableShareMax;
  if (takes(ordersPerRequest) <= limitBytes) return undefined;
  const enough = Array.from({ length: 100 }, (_, at) => at + 1).find((orders) => takes(orders) <= limitBytes);
  const users = k6VirtualUsers(rate / ordersPerRequest);
  return [
    `k6 needs ${users} virtual users for ${Math.ceil(rate / ordersPerRequest)} requests/s, which take at least ${gigabytes(takes(ordersPerRequest))}:`,
    `more than half of the ${gigabytes(availableBytes)} of memory that this machine has left.`,
    `Expected a lower --rate, ${enough === undefined ? '' : `--orders-per-request ${enough}, `}or --client recorder.`,
  ].join('\n');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
