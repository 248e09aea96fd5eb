import type { Breaker } from '../runtime/index.ts';

/** Where calls wait that the breaker let not through. */
export type Gate = {
  /**
   * Resolves when it is worth trying again: when the breaker next becomes half-open or closed, at once when it is
   * closed already, or when the signal aborts.
   */
  wait(): Promise<void>;
};

export function createGate(breaker: Breaker, signal: AbortSignal): Gate {
  let waiting: (() => void)[] = [];
  const release = () => {
    const released = waiting;
    waiting = [];
    for (const resolve of released) resolve();
  };
  breaker.onChange((state) => {
    if (state !== 'open') release();
  });
  signal.addEventListener('abort', release, { once: true });
  return {
    // Half-open is no reason to go: whoever was refused then was refused because the one trial is under way.
    wait: () =>
      signal.aborted || breaker.state() === 'closed'
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}
