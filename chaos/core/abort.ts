/** When a run is ended early, because going on would do harm or show nothing. */
export type AbortLimits = {
  /** How long the order service may answer nothing at all, milliseconds. */
  readonly unreachableMs: number;
  /** How long not a single order may be accepted, milliseconds. */
  readonly starvedMs: number;
  /** How little may be left on the disk that holds the run, bytes. */
  readonly diskFreeBytesMin: number;
};

/** Losing the leader costs an election of about 7 s, a one-way partition up to 25 s; see toxiproxy-nats-facts. */
export const defaultAbortLimits: AbortLimits = {
  unreachableMs: 20_000,
  starvedMs: 40_000,
  diskFreeBytesMin: 512 * 2 ** 20,
};

/** One look at a run while a fault holds. */
export type Look = {
  readonly atMs: number;
  /** Whether any order replica answered, whatever it said. */
  readonly isReachable: boolean;
  /** Orders accepted since the start; undefined where the client does not tell meanwhile. */
  readonly accepted: number | undefined;
  readonly diskFreeBytes: number;
};

/**
 * Judges one look after the other. Pure but for what it remembers: since when orders are unreachable, and since when
 * none was accepted.
 *
 * @returns a function that says why the run must end; undefined while it may go on
 */
export function createAbortJudge(limits: AbortLimits): (look: Look) => string | undefined {
  let reachableAtMs: number | undefined;
  let progress: { readonly accepted: number; readonly atMs: number } | undefined;
  return ({ atMs, isReachable, accepted, diskFreeBytes }) => {
    if (isReachable || reachableAtMs === undefined) reachableAtMs = atMs;
    if (accepted !== undefined && accepted !== progress?.accepted) progress = { accepted, atMs };
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
      ...(diskFreeBytes < limits.diskFreeBytesMin
        ? [`the disk has ${mebibytes(diskFreeBytes)} left (limit ${mebibytes(limits.diskFreeBytesMin)})`]
        : []),
    ];
    return passed.length === 0 ? undefined : passed.join('; ');
  };
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
