import type { Part } from './model.ts';

/** What is older than this is no longer called current. */
const staleMs = 30_000;

/** Whether what was found is too old to be taken for the present. */
export function isStale(part: Part<unknown>, nowMs: number): boolean {
  return part.found !== undefined && nowMs - part.found.atMs > staleMs;
}

/** What was found, unless it is too old to be taken for the present. */
export function currentOf<T>(part: Part<T>, nowMs: number): T | undefined {
  return isStale(part, nowMs) ? undefined : part.found?.value;
}

/** Something that is asked for again and again, while somebody looks. */
export type Watched<T> = {
  /** As it is known now. */
  part(): Part<T>;
  /** Asks, unless that was done just now or is being done. Resolves when it is answered; never rejects. */
  refresh(): Promise<void>;
};

/**
 * Keeps what was found last, and why there is nothing newer. Nothing is asked while nobody refreshes, and many who look at
 * the same time cost what one does.
 *
 * @param options.everyMs how old an answer may be before it is asked for anew
 */
export function watch<T>(options: {
  readonly everyMs: number;
  readonly nowMs: () => number;
  readonly ask: () => Promise<T>;
}): Watched<T> {
  const { everyMs, nowMs, ask } = options;
  let part: Part<T> = {};
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const askNow = async () => {
    try {
      part = { found: { value: await ask(), atMs: nowMs() } };
    } catch (error) {
      const { found } = part;
      const failure = error instanceof Error ? error.message : String(error);
      part = { ...(found === undefined ? {} : { found }), failure };
    } finally {
      asking = undefined;
    }
  };
  return {
    part: () => part,
    refresh() {
      if (asking !== undefined) return asking;
      if (nowMs() - askedAtMs < everyMs) return Promise.resolve();
      askedAtMs = nowMs();
      asking = askNow();
      return asking;
    },
  };
}
