import { ProblemError, type Refuse, type RequestHead } from '../runtime/index.ts';
import { tooManyWaiting } from './accept.ts';
import type { Guard } from './clients/guard.ts';
import type { TurnGate } from './turn-gate.ts';

/** What a request is told that is refused as a whole. */
export const requestRefused = 'too many orders wait; this request stored nothing';

/** Made once for each number of seconds: what is refused in masses must cost next to nothing, or an overload feeds itself. */
export function createTooManyWaiting(detail: string): (retryAfterSeconds: number) => ProblemError {
  const made = new Map<number, ProblemError>();
  return (retryAfterSeconds) => {
    const known = made.get(retryAfterSeconds);
    if (known !== undefined) return known;
    const problem = new ProblemError(503, tooManyWaiting.code, detail, { retryAfterSeconds });
    made.set(retryAfterSeconds, problem);
    return problem;
  };
}

/** The path of orders that are sent one by one. */
export const orderPath = '/v1/orders' as const;

/**
 * Refuses orders that are sent one by one, before they are read: those of nobody who is let in, those that are more than
 * their client may send, and all while there is no room for them or no time.
 */
export function createOverloadRefusal(parts: {
  /** True while no new order can be queued. */
  readonly isFull: () => boolean;
  /** True once the service takes no more requests, which is said elsewhere. */
  readonly isClosing: () => boolean;
  readonly guard: Guard;
  readonly turn: TurnGate;
  /** When an order that is refused may be sent again. */
  readonly retryAfterSeconds: () => number;
  readonly onRefused: (status: number) => void;
}): Refuse {
  const { isFull, isClosing, guard, turn, retryAfterSeconds, onRefused } = parts;
  const refusal = createTooManyWaiting(requestRefused);
  // Who is over a limit of their own is told so, whatever else there is: it is no fault of the service.
  const reasonOf = (request: RequestHead): ProblemError | undefined => {
    const own = guard.identify(request) ?? guard.spend(request, 'orders', 1);
    if (own !== undefined) return own;
    return isFull() || turn.isSpent() ? refusal(retryAfterSeconds()) : undefined;
  };
  return (request) => {
    if (request.method !== 'POST' || !isOrderPath(request.url) || isClosing()) return undefined;
    const problem = reasonOf(request);
    if (problem !== undefined) onRefused(problem.status);
    return problem;
  };
}

function isOrderPath(url: string | undefined): boolean {
  return url === orderPath || url?.startsWith(`${orderPath}?`) === true;
}
