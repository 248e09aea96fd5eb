import { OverloadWatch } from './overload-watch.ts';

/** Bounds the work that one turn of the event loop takes on, so that no turn gets long enough to be felt by who waits for it. */
export type TurnGate = {
  /** Whether this turn has gone on for so long that what comes now should be refused, at little cost, and not be worked on. */
  isSpent(): boolean;
};

/**
 * In one turn Node reads from every connection that has sent something, however many those are. When more orders come than
 * can be worked on, turns get longer and longer, and with them the time that every order waits unread in its socket, where
 * no queue counts it. What is beyond the bound is refused in the same turn instead, and the next one begins soon. A burst, such
 * as comes after a pause, is worked on all the same, unless it is one that no end is seen of.
 *
 * @param options.turnMsMax how long a turn may take on work, milliseconds; counted from its first question
 * @param options.standingMsMax how long one turn after the other may be longer than that, milliseconds
 * @param options.nowMs a clock that never jumps
 */
export function createTurnGate(options: {
  readonly turnMsMax: number;
  readonly standingMsMax: number;
  readonly nowMs: () => number;
}): TurnGate {
  const { turnMsMax, standingMsMax, nowMs } = options;
  let startedAtMs: number | undefined;
  let endedAtMs = Number.NEGATIVE_INFINITY;
  /** When the first of the turns began that have all been too long since, one right after the other. */
  let longSinceMs: number | undefined;
  const overload = new OverloadWatch();
  const end = (): void => {
    endedAtMs = nowMs();
    if (startedAtMs !== undefined && endedAtMs - startedAtMs <= turnMsMax) longSinceMs = undefined;
    startedAtMs = undefined;
  };
  return {
    isSpent() {
      const now = nowMs();
      if (startedAtMs === undefined) {
        startedAtMs = now;
        if (now - endedAtMs > turnMsMax) longSinceMs = undefined;
        // Immediates run when all connections have been read from.
        setImmediate(end);
      }
      const isLong = now - startedAtMs > turnMsMax;
      if (!overload.goesOn(now)) {
        if (!isLong) return false;
        longSinceMs ??= startedAtMs;
        if (now - longSinceMs <= standingMsMax) return false;
        // Refusals make turns short, which is no sign that they are not needed any more: what is refused decides from here on.
        overload.begin(now);
      }
      overload.count(isLong);
      return isLong;
    },
  };
}
