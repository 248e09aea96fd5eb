/** Which faults are vouched for, and until when. Times are of a clock that never jumps, milliseconds. */
export type Leases = {
  /** Takes a lease or renews it. */
  hold(injection: string, untilMs: number): void;
  release(injection: string): void;
  /** Takes out the leases that are over. */
  takeLapsed(nowMs: number): readonly string[];
};

export function createLeases(): Leases {
  const untilMs = new Map<string, number>();
  return {
    hold: (injection, until) => void untilMs.set(injection, until),
    release: (injection) => void untilMs.delete(injection),
    takeLapsed(nowMs) {
      const lapsed = [...untilMs].filter(([, until]) => until <= nowMs).map(([injection]) => injection);
      for (const injection of lapsed) untilMs.delete(injection);
      return lapsed;
    },
  };
}
