import { ProblemError, type Refuse } from '../runtime/index.ts';
import { tooManyWaiting } from './accept.ts';
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

/** Refuses orders that are sent one by one, before they are read, while there is no room for them or no time. */
export function createOverloadRefusal(parts: {
  /** True while no new order can be queued. */
  readonly isFull: () => boolean;
  /** True once the service takes no more requests, which is said elsewhere. */
  readonly isClosing: () => boolean;
  readonly turn: TurnGate;
  /** When an order that is refused may be sent again. */
  readonly retryAfterSeconds: () => number;
  readonly onRefused: (status: number) => void;
}): Refuse {
  const { isFull, isClosing, turn, retryAfterSeconds, onRefused } = parts;
  const refusal = createTooManyWaiting(requestRefused);
  return ({ method, url }) => {
    if (method !== 'POST' || !isOrderPath(url) || isClosing()) return undefined;
    if (!isFull() && !turn.isSpent()) return undefined;
    const problem = refusal(retryAfterSeconds());
    onRefused(problem.status);
    return problem;
  };
}

function isOrderPath(url: string | undefined): boolean {
  return url === orderPath || url?.startsWith(`${orderPath}?`) === true;
}
