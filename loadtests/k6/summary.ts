import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const summaryFile = 'summary.json';

type Percentiles = {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
};

/** What k6 counted, as `summary.json` beside `run.json`; written when k6 ends by itself or is interrupted. */
export type K6Summary = {
  /** Orders started; their indices are 0 to this less one. */
  readonly attempted: number;
  /** Orders that got a 201, at whichever try. */
  readonly accepted: number;
  /** Orders given up without a 201; each has a logged line. Orders cut short by an interrupt may have one too. */
  readonly unaccepted: number;
  /** Iterations that k6 saw through. */
  readonly iterations: number;
  /** Iterations that k6 could not start for want of a free virtual user. */
  readonly droppedIterations: number;
  /** Start of the iteration to its end, retries included. */
  readonly orderDurationMs: Percentiles;
  /** One request. */
  readonly requestDurationMs: Percentiles;
};

/** @throws when there is none or it is torn */
export async function readK6Summary(directory: string): Promise<K6Summary> {
  return JSON.parse(await readFile(join(directory, summaryFile), 'utf8')) as K6Summary;
}

/**
 * What is wrong with a run's accounts; empty when every order attempted is accepted, logged or interrupted.
 *
 * @param loggedUnaccepted lines logged whose last answer is no 201
 * @param planned orders that the run was to send
 */
export function checkK6Accounts(
  summary: K6Summary,
  loggedUnaccepted: number,
  planned: number,
  wasInterrupted: boolean,
): string[] {
  const { attempted, accepted, unaccepted, droppedIterations } = summary;
  const problems: string[] = [];
  // A counter that an interrupted iteration adds to after writing its line is not counted.
  if (wasInterrupted ? unaccepted > loggedUnaccepted : unaccepted !== loggedUnaccepted) {
    problems.push(`k6 gave up ${unaccepted} orders and logged ${loggedUnaccepted}`);
  }
  const unended = attempted - accepted - loggedUnaccepted;
  if (unended < 0) problems.push(`k6 ended ${-unended} more orders than it started`);
  if (unended > 0 && !wasInterrupted) problems.push(`k6 cut ${unended} orders short`);
  if (attempted + droppedIterations > planned + 1) {
    problems.push(`k6 started ${attempted} and dropped ${droppedIterations} of ${planned} orders`);
  }
  return problems;
}
