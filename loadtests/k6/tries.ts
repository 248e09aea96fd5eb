import type { Answer } from '../../verdict/history.ts';
import { isDefiniteStatus } from '../recorder/outcome.ts';
import { isRetryable } from '../recorder/retry.ts';
import type { StoredAs } from './batch-answer.ts';

/**
 * A send of a request: when it was sent and answered or given up, milliseconds after k6 began (`LoggedStart`); the statuses
 * of the orders that were not settled yet, in their order, or the one that all had (0: none came back); true when no byte of
 * it left.
 */
export type LoggedTry = [
  sentAtMs: number,
  answeredAtMs: number,
  statuses: number | number[],
  isUnsent?: true,
];

/** A line of the log: a request that ended. */
export type LoggedRequest = {
  readonly request: number;
  readonly tries: readonly LoggedTry[];
  /** Of a batch, order by order: what its 201 said; null without one. */
  readonly stored?: readonly (StoredAs | null)[];
};

/** A line of the log: a batch whose orders were all stored by its first send. */
export type LoggedBatch = Pick<LoggedRequest, 'request' | 'tries'> & {
  /** As it came. */
  readonly answer: {
    readonly results: readonly {
      readonly status: number;
      readonly order_id: string;
      readonly position: number;
    }[];
  };
};

/** The line that the first request writes, in milliseconds since the Unix epoch. */
export type LoggedStart = { readonly startedAtMs: number };

/**
 * The answers of each order of a request. An order takes part in a send while its last answer may be repeated.
 *
 * @param orders how many it has
 * @param originMs from when times count, on the log's clock
 */
export function answersByOrder(
  tries: readonly LoggedTry[],
  orders: number,
  originMs: number,
): readonly (readonly Answer[])[] {
  const answers = Array.from({ length: orders }, (): Answer[] => []);
  let open = answers;
  for (const [sentAtMs, answeredAtMs, statuses, isUnsent = false] of tries) {
    const statusOf = (at: number) => (typeof statuses === 'number' ? statuses : (statuses[at] ?? 0));
    open.forEach((ofOrder, at) => {
      const status = statusOf(at);
      ofOrder.push({
        status,
        isDefinite: status === 0 ? isUnsent : isDefiniteStatus(status),
        sentAfterUs: microseconds(sentAtMs - originMs),
        answeredAfterUs: microseconds(answeredAtMs - originMs),
      });
    });
    open = open.filter((_, at) => isRetryable(statusOf(at)));
  }
  return answers;
}

/** k6's clock has whole milliseconds: what was sent on time may look a little early. */
function microseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000));
}

/** How many of a request's orders were accepted. Imports nothing of Node, as all of this file: k6 runs it too. */
export function countAccepted(tries: readonly LoggedTry[], orders: number): number {
  return answersByOrder(tries, orders, 0).filter((answers) => answers.at(-1)?.status === 201).length;
}
