/** Bounds the work that one turn of the event loop takes on, so that no turn gets long enough to be felt by who waits for it. */
export type TurnGate = {
  /** Whether this turn has gone on for so long that what comes now should be refused, at little cost, and not be worked on. */
  isSpent(): boolean;
};

/**
 * In one turn Node reads from every connection that has sent something, however many those are. When more orders come than
 * can be worked on, turns get longer and longer, and with them the time that every order waits unread in its socket, where
 * no queue counts it. What is beyond the bound is refused in the same turn instead, and the next one begins soon.
 *
 * @param options.turnMsMax how long a turn may take on work, milliseconds; counted from its first question
 * @param options.nowMs a clock that never jumps
 */
export function createTurnGate(options: {
  readonly turnMsMax: number;
  readonly nowMs: () => number;
}): TurnGate {
  const { turnMsMax, nowMs } = options;
  let startedAtMs: number | undefined;
  const end = (): void => {
    startedAtMs = undefined;
  };
  return {
    isSpent() {
      const now = nowMs();
      if (startedAtMs === undefined) {
        startedAtMs = now;
        // Immediates run when all connections have been read from.
        setImmediate(end);
        return false;
      }
      return now - startedAtMs > turnMsMax;
    },
  };
}
