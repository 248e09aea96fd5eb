import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Exponential back-off with full jitter: a uniform draw from [0, min(cap, base·2^attempt)], which spreads a herd
 * best (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015), raised to half of that bound so that
 * a repeat never follows at once.
 *
 * @param attempt 0 for the wait after the first failure
 * @param random a draw from [0, 1)
 * @returns milliseconds
 */
export function backoffMs(
  attempt: number,
  options: { readonly baseMs: number; readonly capMs: number },
  random: () => number = Math.random,
): number {
  const bound = Math.min(options.capMs, options.baseMs * 2 ** attempt);
  return bound / 2 + (random() * bound) / 2;
}

/** Resolves after a time, or at once (without throwing) when the signal aborts. */
export async function delay(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (signal?.aborted !== true) throw error;
  });
}
