import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const summaryFile = 'summary.json';

/** What k6 counted, as `summary.json` beside `run.json`; written when k6 ends by itself or is interrupted. */
export type K6Summary = {
  /** Requests started; their indices are 0 to this less one. */
  readonly attemptedRequests: number;
  /** Orders that got a 201, at whichever try. */
  readonly accepted: number;
  /** Orders given up without a 201. */
  readonly unaccepted: number;
  /** Iterations that k6 could not start for want of a free virtual user. */
  readonly droppedIterations: number;
};

/** @throws when there is none or it is torn */
export async function readK6Summary(directory: string): Promise<K6Summary> {
  return JSON.parse(await readFile(join(directory, summaryFile), 'utf8')) as K6Summary;
}

/** What the log has, to be held against the summary. */
export type LoggedCounts = {
  /** Lines of requests. */
  readonly requests: number;
  /** Orders by whether their last answer was a 201. */
  readonly accepted: number;
  readonly unaccepted: number;
};

/**
 * What is wrong with a run's accounts; empty when every request that was started is logged, and both agree on its orders.
 *
 * @param plannedRequests what the run was to send
 */
export function checkK6Accounts(
  summary: K6Summary,
  logged: LoggedCounts,
  plannedRequests: number,
  wasInterrupted: boolean,
): string[] {
  const { attemptedRequests, droppedIterations } = summary;
  const problems: string[] = [];
  for (const what of ['accepted', 'unaccepted'] as const) {
    // A counter that an interrupted iteration adds to after writing its line is not counted.
    const isWrong = wasInterrupted ? summary[what] > logged[what] : summary[what] !== logged[what];
    if (isWrong) problems.push(`k6 counted ${summary[what]} ${what} orders and logged ${logged[what]}`);
  }
  const unlogged = attemptedRequests - logged.requests;
  if (unlogged < 0) problems.push(`k6 logged ${-unlogged} more requests than it started`);
  if (unlogged > 0 && !wasInterrupted) problems.push(`k6 started ${unlogged} requests that it did not log`);
  if (attemptedRequests + droppedIterations > plannedRequests + 1) {
    problems.push(
      `k6 started ${attemptedRequests} and dropped ${droppedIterations} of ${plannedRequests} requests`,
    );
  }
  return problems;
}
