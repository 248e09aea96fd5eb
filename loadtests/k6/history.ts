import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AttemptRecord, HistorySource, RunManifest } from '../../verdict/index.ts';
import { manifestFile } from '../recorder/manifest.ts';
import { outcomeOf } from '../recorder/outcome.ts';
import { defaultRetryPolicy } from '../recorder/retry.ts';
import { constantRate } from '../recorder/schedule.ts';
import { quickMs } from './quick.ts';
import { readK6Summary } from './summary.ts';

export const exceptionsFile = 'exceptions.ndjson';

/** Status (0: none), whether it is definite, and microseconds from the iteration's start to send and answer. */
export type LoggedTry = [status: number, isDefinite: boolean, sentAfterUs: number, answeredAfterUs: number];

/** A line of `exceptions.ndjson`: an order that was not accepted at its first try within {@link quickMs}. */
export type LoggedOrder = { readonly index: number; readonly tries: readonly LoggedTry[] };

/** The line of `exceptions.ndjson` that the first order writes. */
export type LoggedStart = { readonly startedAtMs: number };

/** What the scenario logged. */
export type K6Log = {
  /** When the first order was due, in milliseconds since the Unix epoch; undefined when none was sent. */
  readonly startedAtMs: number | undefined;
  /** The tries of every logged order by its index. */
  readonly orders: ReadonlyMap<number, readonly LoggedTry[]>;
};

/** @throws when there is no log or a line of it is torn */
export async function readK6Log(directory: string): Promise<K6Log> {
  const orders = new Map<number, readonly LoggedTry[]>();
  let startedAtMs: number | undefined;
  for await (const line of createInterface({ input: createReadStream(join(directory, exceptionsFile)) })) {
    // What the script says beside its records (an exception's text) is for people.
    if (!line.startsWith('{')) continue;
    const logged = JSON.parse(line) as LoggedOrder | LoggedStart;
    if ('index' in logged) orders.set(logged.index, logged.tries);
    else startedAtMs = logged.startedAtMs;
  }
  return { startedAtMs, orders };
}

/** How many logged orders were given up without a 201. */
export function countUnaccepted({ orders }: K6Log): number {
  let count = 0;
  for (const tries of orders.values()) if (tries.at(-1)?.[0] !== 201) count += 1;
  return count;
}

const batchRecords = 1_000;

/**
 * Shows a k6 run as the records that the recorder would have written, by rising index. A run that did not finish
 * has none: how many orders it attempted is not known.
 *
 * An order attempted and not logged was accepted at its first try within {@link quickMs}, which stands for its time;
 * no order id and no position is kept, which read as undefined and 0. Times count from the iteration's start, which
 * k6 makes on time or drops.
 *
 * When iterations were interrupted and wrote no line, nobody knows which: then every unlogged order that could have
 * been under way at the end is unknown.
 *
 * @throws when `run.json` cannot be read; while reading, when the files beside it cannot
 */
export async function readK6History(directory: string): Promise<HistorySource> {
  const manifest = JSON.parse(await readFile(join(directory, manifestFile), 'utf8')) as RunManifest;
  return { manifest, batches: () => readBatches(directory, manifest) };
}

async function* readBatches(
  directory: string,
  manifest: RunManifest,
): AsyncGenerator<readonly AttemptRecord[]> {
  if (manifest.finished === undefined) return;
  const { attempted } = manifest.finished;
  const summary = await readK6Summary(directory);
  const log = await readK6Log(directory);
  const accounted = summary.accepted + countUnaccepted(log);
  const underWayMs = defaultRetryPolicy.deadlineMs + defaultRetryPolicy.tryTimeoutMs + 1_000;
  const certainUntil = accounted < attempted ? attempted - (manifest.rate * underWayMs) / 1_000 : attempted;
  const { intendedAtUs } = constantRate(manifest.rate, manifest.durationSeconds);
  let batch: AttemptRecord[] = [];
  for (let index = 0; index < attempted; index++) {
    const answers =
      log.orders.get(index)?.map(toAnswer) ?? (index < certainUntil ? acceptedAtOnce : unanswered);
    const at = { index, intendedAtUs: intendedAtUs(index) };
    batch.push({ ...at, outcome: outcomeOf(answers), orderId: undefined, streamSequence: 0, answers });
    if (batch.length < batchRecords) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const acceptedAtOnce = [{ status: 201, isDefinite: true, sentAfterUs: 0, answeredAfterUs: quickMs * 1_000 }];
const unanswered = [{ status: 0, isDefinite: false, sentAfterUs: 0, answeredAfterUs: 0 }];

function toAnswer([
  status,
  isDefinite,
  sentAfterUs,
  answeredAfterUs,
]: LoggedTry): AttemptRecord['answers'][number] {
  return { status, isDefinite, sentAfterUs, answeredAfterUs };
}
