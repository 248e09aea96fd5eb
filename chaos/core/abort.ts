/** When a run is ended early, because going on would do harm or show nothing. */
export type AbortLimits = {
  /** How long the order service may answer nothing at all, milliseconds. */
  readonly unreachableMs: number;
  /** How long not a single order may be accepted, milliseconds. */
  readonly starvedMs: number;
  /**
   * The greatest share of sends that may fail within {@link failedWindowMs}, 0 to 1. An outage of all brokers fails every
   * one: 1, which no share is beyond.
   */
  readonly failedShareMax: number;
  /** How little may be left on the disk that holds the run, bytes. */
  readonly diskFreeBytesMin: number;
};

/** Losing the leader costs an election of about 7 s, a one-way partition up to 25 s; see toxiproxy-nats-facts. */
export const defaultAbortLimits: AbortLimits = {
  unreachableMs: 20_000,
  starvedMs: 40_000,
  failedShareMax: 1,
  diskFreeBytesMin: 512 * 2 ** 20,
};

/** Shares of sends that failed are taken over this time, milliseconds. */
const failedWindowMs = 10_000;
/** Fewer sends than this in it tell nothing. */
const windowSendsMin = 50;

/** One look at a run while a fault holds. */
export type Look = {
  readonly atMs: number;
  /** Whether any order replica answered, whatever it said. */
  readonly isReachable: boolean;
  /** Orders accepted since the start; undefined where the client does not tell meanwhile. */
  readonly accepted: number | undefined;
  /** Sends that have ended since the start, and how many of them failed; undefined where the client does not tell. */
  readonly sends: { readonly ended: number; readonly failed: number } | undefined;
  readonly diskFreeBytes: number;
};

/**
 * Judges one look after the other. Pure but for what it remembers: since when orders are unreachable, since when none was
 * accepted, and what clients had sent in the last seconds.
 *
 * @returns a function that says why the run must end; undefined while it may go on
 */
export function createAbortJudge(limits: AbortLimits): (look: Look) => string | undefined {
  let reachableAtMs: number | undefined;
  let progress: { readonly accepted: number; readonly atMs: number } | undefined;
  /** Oldest first; of those older than the window, the newest only. */
  let sent: readonly { readonly atMs: number; readonly ended: number; readonly failed: number }[] = [];
  return ({ atMs, isReachable, accepted, sends, diskFreeBytes }) => {
    if (isReachable || reachableAtMs === undefined) reachableAtMs = atMs;
    if (accepted !== undefined && accepted !== progress?.accepted) progress = { accepted, atMs };
    if (sends !== undefined) {
      sent = [...sent, { atMs, ...sends }].filter(
        (_, index, all) => atMs - (all[index + 1]?.atMs ?? atMs) < failedWindowMs,
      );
    }
    const failedShare = failedShareOf(sent[0], sends, atMs);
    const unreachableMs = atMs - reachableAtMs;
    const starvedMs = progress === undefined ? 0 : atMs - progress.atMs;
    const passed = [
      ...(unreachableMs > limits.unreachableMs
        ? [
            `the order service was unreachable for ${seconds(unreachableMs)} (limit ${seconds(limits.unreachableMs)})`,
          ]
        : []),
      ...(starvedMs > limits.starvedMs
        ? [`no order was accepted for ${seconds(starvedMs)} (limit ${seconds(limits.starvedMs)})`]
        : []),
      ...(failedShare > limits.failedShareMax
        ? [
            `${percent(failedShare)} of the sends of ${seconds(failedWindowMs)} failed (limit ${percent(limits.failedShareMax)})`,
          ]
        : []),
      ...(diskFreeBytes < limits.diskFreeBytesMin
        ? [`the disk has ${mebibytes(diskFreeBytes)} left (limit ${mebibytes(limits.diskFreeBytesMin)})`]
        : []),
    ];
    return passed.length === 0 ? undefined : passed.join('; ');
  };
}

/** Nothing failed as long as there is no whole window, or little in it. */
function failedShareOf(
  first: { readonly atMs: number; readonly ended: number; readonly failed: number } | undefined,
  last: Look['sends'],
  atMs: number,
): number {
  if (first === undefined || last === undefined || atMs - first.atMs < failedWindowMs) return 0;
  const ended = last.ended - first.ended;
  return ended < windowSendsMin ? 0 : (last.failed - first.failed) / ended;
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
