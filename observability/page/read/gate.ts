/** Lets few questions go at once to those whom the page asks, each within a deadline that counts the wait for its turn. */
export type Gate = {
  /**
   * Asks when it is its turn.
   * @param ask given what ends it at the deadline
   * @throws LateError (rejects) when its turn has not come by the deadline; or what `ask` throws
   */
  run<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T>;
};

/** Nobody answered in time. */
export class LateError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'late';
}

export function createGate(options: { readonly concurrentMax: number; readonly deadlineMs: number }): Gate {
  const { concurrentMax, deadlineMs } = options;
  /** At most `concurrentMax`; while it is less, nobody waits. */
  let running = 0;
  const waiting = new Set<() => void>();

  const turn = (signal: AbortSignal): Promise<void> => {
    if (running < concurrentMax) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.delete(go);
        reject(signal.reason);
      };
      waiting.add(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  };
  /** Hands the turn on, so that `running` stays as it is. */
  const pass = () => {
    const [next] = waiting;
    if (next === undefined) running--;
    else {
      waiting.delete(next);
      next();
    }
  };
  return {
    async run(ask) {
      const deadline = new AbortController();
      const late = new LateError(`there was no answer within ${deadlineMs / 1_000} s`);
      const timer = setTimeout(() => deadline.abort(late), deadlineMs);
      try {
        await turn(deadline.signal);
        try {
          return await ask(deadline.signal);
        } finally {
          pass();
        }
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
