import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptRecord, HistorySource, RunManifest } from '../../verdict/index.ts';
import { manifestFile } from '../recorder/manifest.ts';
import { outcomeOf } from '../recorder/outcome.ts';
import { readLog } from './log.ts';
import { type Placing, placeRequests } from './placing.ts';
import { constantShape, planRequests } from './plan.ts';
import type { LoggedCounts } from './summary.ts';
import { answersByOrder, countAccepted, type LoggedRequest } from './tries.ts';

/** A log in one pass. */
export type K6Log = LoggedCounts & {
  /** When k6 says that it began, milliseconds since the Unix epoch; undefined when no request was sent. */
  readonly startedAtMs: number | undefined;
  /** When each request was sent first, milliseconds after that; NaN for those that are not logged. */
  readonly startsMs: Float64Array;
};

/**
 * @param requests how many were started; lines of others are counted, and have no start
 * @throws when there is no log, or a line of it is torn that is not to be skipped
 */
export async function summarizeLog(
  directory: string,
  requests: number,
  ordersPerRequest: number,
  reading: Parameters<typeof readLog>[1] = {},
): Promise<K6Log> {
  const startsMs = new Float64Array(requests).fill(Number.NaN);
  const counts = { requests: 0, accepted: 0, unaccepted: 0 };
  let startedAtMs: number | undefined;
  for await (const line of readLog(directory, reading)) {
    if (!('request' in line)) {
      startedAtMs = line.startedAtMs;
      continue;
    }
    counts.requests += 1;
    const [first] = line.tries;
    if (first !== undefined) startsMs[line.request] = first[0];
    const accepted = countAccepted(line.tries, ordersPerRequest);
    counts.accepted += accepted;
    counts.unaccepted += ordersPerRequest - accepted;
  }
  return { ...counts, startedAtMs, startsMs };
}

/** Where the requests of a log belong in the plan of its run. */
export function placingOf(manifest: RunManifest, startsMs: Float64Array, dropped: number): Placing {
  const {
    rate,
    durationSeconds,
    shape = constantShape(rate, durationSeconds),
    ordersPerRequest = 1,
  } = manifest;
  return placeRequests(
    startsMs,
    planRequests(shape, ordersPerRequest),
    Math.round(dropped / ordersPerRequest),
  );
}

const batchRecords = 1_000;

/**
 * Shows a k6 run as the records that the recorder would have written, in the order in which requests ended. Of a run that did not
 * finish there are those that its log still has: an order that was accepted is owed, whatever became of k6. Requests are numbered as
 * they start, so all up to the last that is logged were started; of later ones nothing is known.
 *
 * Times count from when the order should have been sent, to the millisecond. Order id and position are kept of orders in
 * batches; of others they read as undefined and 0. A request that was started and not logged was cut short: its orders are unknown.
 *
 * @throws when `run.json` cannot be read; while reading, when the log cannot
 */
export async function readK6History(directory: string): Promise<HistorySource> {
  const manifest = JSON.parse(await readFile(join(directory, manifestFile), 'utf8')) as RunManifest;
  return { manifest, batches: () => readBatches(directory, manifest) };
}

async function* readBatches(
  directory: string,
  manifest: RunManifest,
): AsyncGenerator<readonly AttemptRecord[]> {
  const { finished, planned, ordersPerRequest = 1 } = manifest;
  const reading = { skipsTorn: finished === undefined };
  const requests =
    finished === undefined ? await countStarted(directory) : finished.attempted / ordersPerRequest;
  const { startsMs } = await summarizeLog(directory, requests, ordersPerRequest, reading);
  // Without an end, all that was not started may have been dropped: the times of starts tell.
  const dropped = finished?.dropped ?? Math.max(0, planned - requests * ordersPerRequest);
  const { originMs, dueAtUs } = placingOf(manifest, startsMs, dropped);
  const recordsOf = (
    request: number,
    answers: readonly AttemptRecord['answers'][],
    stored: LoggedRequest['stored'] = [],
  ): AttemptRecord[] =>
    answers.map((ofOrder, at) => {
      const [orderId, streamSequence = 0] = stored[at] ?? [];
      return {
        ...{ index: request * ordersPerRequest + at, intendedAtUs: dueAtUs(request) },
        ...{ outcome: outcomeOf(ofOrder), orderId, streamSequence, answers: ofOrder },
      };
    });
  let batch: AttemptRecord[] = [];
  for await (const line of readLog(directory, reading)) {
    if (!('request' in line)) continue;
    const dueAtMs = originMs + dueAtUs(line.request) / 1_000;
    const answers = answersByOrder(line.tries, ordersPerRequest, dueAtMs);
    batch.push(...recordsOf(line.request, answers, line.stored));
    if (batch.length < batchRecords) continue;
    yield batch;
    batch = [];
  }
  for (let request = 0; request < requests; request++) {
    if (!Number.isNaN(startsMs[request])) continue;
    batch.push(
      ...recordsOf(
        request,
        Array.from({ length: ordersPerRequest }, () => unanswered),
      ),
    );
  }
  if (batch.length > 0) yield batch;
}

/** How many requests a run started for certain that did not live to say. */
async function countStarted(directory: string): Promise<number> {
  let started = 0;
  for await (const line of readLog(directory, { skipsTorn: true })) {
    if ('request' in line) started = Math.max(started, line.request + 1);
  }
  return started;
}

const unanswered = [{ status: 0, isDefinite: false, sentAfterUs: 0, answeredAfterUs: 0 }];
