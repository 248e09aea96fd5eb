import type { Random } from './random.ts';

/** How long and how often a client repeats an order, always with its first key. */
export type RetryPolicy = {
  /** No send starts later than this after the order's intended time. */
  readonly deadlineMs: number;
  /** How long one send may take before it counts as unanswered. */
  readonly tryTimeoutMs: number;
  /** Bounds of the back-off before jitter; it doubles from the first to the second. */
  readonly backOffMsMin: number;
  readonly backOffMsMax: number;
  /** A `Retry-After` beyond this is cut to it. */
  readonly retryAfterMsMax: number;
  /** Sends of one order in all; a history record holds at most 255. */
  readonly triesMax: number;
};

/** The policy of every load generator here, unless a run says otherwise. */
export const defaultRetryPolicy: RetryPolicy = {
  deadlineMs: 30_000,
  tryTimeoutMs: 10_000,
  backOffMsMin: 50,
  backOffMsMax: 2_000,
  retryAfterMsMax: 10_000,
  triesMax: 255,
};

/**
 * Whether a send that ended so may be repeated: no status (0: timeout, broken or refused connection), 429 and every
 * 5xx. Any other status is an answer.
 */
export function isRetryable(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/**
 * How long to wait before the next send: a draw between the lower bound and a doubling cap, which spreads the
 * orders that failed together, on top of what the server asked for.
 *
 * @param tries sends so far, at least 1
 * @param retryAfterMs from the answer; 0 when it named none
 */
export function retryDelayMs(
  policy: RetryPolicy,
  tries: number,
  retryAfterMs: number,
  random: Random,
): number {
  const cap = Math.min(policy.backOffMsMax, policy.backOffMsMin * 2 ** Math.min(tries, 30));
  const backOff = policy.backOffMsMin + random() * (cap - policy.backOffMsMin);
  return Math.round(Math.min(retryAfterMs, policy.retryAfterMsMax) + backOff);
}

/** Whether an order may be sent again after a delay. Times are milliseconds since its intended time. */
export function mayRetry(policy: RetryPolicy, tries: number, elapsedMs: number, delayMs: number): boolean {
  return tries < policy.triesMax && elapsedMs + delayMs <= policy.deadlineMs;
}
