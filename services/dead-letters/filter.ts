import type { Letter } from './letters.ts';

/** Which letters are meant: those that fit everything that is given. */
export type LetterFilter = {
  readonly sequences?: readonly number[];
  readonly causes?: readonly string[];
  /** The stream that the order is stored in. */
  readonly stream?: string;
  readonly orderId?: string;
  readonly runId?: string;
  /** Milliseconds since the letter was stored. */
  readonly olderThanMs?: number;
  readonly newerThanMs?: number;
  /** Also those that something was done about; default false. */
  readonly withDone?: boolean;
};

/** @param nowMs milliseconds since the Unix epoch */
export function isChosen(letter: Letter, filter: LetterFilter, nowMs: number): boolean {
  const { sequences, causes, stream, orderId, runId, olderThanMs, newerThanMs } = filter;
  const ageMs = nowMs - letter.storedAtMs;
  return (
    (filter.withDone === true || letter.actions.length === 0) &&
    (sequences === undefined || sequences.includes(letter.sequence)) &&
    (causes === undefined || causes.includes(letter.cause)) &&
    (stream === undefined || letter.stream === stream) &&
    (orderId === undefined || letter.order?.orderId === orderId) &&
    (runId === undefined || letter.order?.runId === runId) &&
    (olderThanMs === undefined || ageMs >= olderThanMs) &&
    (newerThanMs === undefined || ageMs < newerThanMs)
  );
}
