import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deriveOrderId } from '../../../proto/identity.ts';
import type { AttemptRecord, RunManifest } from '../../history.ts';
import { decodeRecord, historyMagic } from '../../history.ts';
import { workloadOrder } from '../../workload.ts';
import type { AttemptFact } from '../facts.ts';
import type { SourceState } from '../sources.ts';
import { whole } from '../sources.ts';

/**
 * A client history, whoever recorded it. {@link openHistory} makes one of the recorder's files; the k6 scenarios bring
 * their own.
 */
export type HistorySource = {
  readonly manifest: RunManifest;
  /** All records, in batches of any size. Can be asked for more than once, and reads from the start each time. */
  readonly batches: () => AsyncIterable<readonly AttemptRecord[]>;
};

/** The history's bytes are not what they should be. A file that only ends early is no error. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly code: 'not-a-history' | 'damaged';

  constructor(code: HistoryError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Opens the directory that the recorder wrote: `run.json` and `history.bin`.
 *
 * A file that ends within a record (the recorder died) yields the whole records before it.
 *
 * @throws HistoryError `not-a-history` when `run.json` or the file's first bytes are something else; while reading also
 *   `damaged` when a record is
 */
export async function openHistory(directory: string): Promise<HistorySource> {
  const file = join(directory, 'run.json');
  try {
    const manifest = JSON.parse(await readFile(file, 'utf8')) as RunManifest;
    if (typeof manifest.runId !== 'string' || typeof manifest.planned !== 'number') {
      throw new TypeError('runId or planned is missing');
    }
    return { manifest, batches: () => readRecords(join(directory, 'history.bin')) };
  } catch (error) {
    throw new HistoryError('not-a-history', `${file} is no manifest of a run`, { cause: error });
  }
}

/** Reads a history file in pieces of a mebibyte; each yields one batch. */
async function* readRecords(file: string): AsyncGenerator<readonly AttemptRecord[]> {
  /** Bytes of a record (or of the magic) that the pieces so far do not complete. */
  let rest: Uint8Array = new Uint8Array(0);
  let isStarted = false;
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    const bytes: Uint8Array = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let offset = 0;
    if (!isStarted) {
      if (bytes.length < historyMagic.length) {
        rest = bytes;
        continue;
      }
      if (historyMagic.some((byte, at) => bytes[at] !== byte)) {
        throw new HistoryError('not-a-history', `${file} does not begin like a history`);
      }
      isStarted = true;
      offset = historyMagic.length;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const batch: AttemptRecord[] = [];
    for (;;) {
      const decoded = decode(view, offset, file);
      if (decoded === undefined) break;
      batch.push(decoded.record);
      offset = decoded.next;
    }
    rest = bytes.subarray(offset);
    if (batch.length > 0) yield batch;
  }
}

function decode(view: DataView, offset: number, file: string): ReturnType<typeof decodeRecord> {
  try {
    return decodeRecord(view, offset);
  } catch (error) {
    throw new HistoryError('damaged', `${file} is damaged`, { cause: error });
  }
}

/** What the ledger learns from one record: the order's identity comes from the workload, never from the answer. */
export function attemptFact(manifest: RunManifest, record: AttemptRecord): AttemptFact {
  const order = workloadOrder(manifest.runId, record.index);
  const hasOpenSend = record.answers.some(({ isDefinite }) => !isDefinite);
  return {
    orderId: deriveOrderId(manifest.clientId, order.idempotencyKey, order),
    index: record.index,
    amountMinor: order.amountMinor,
    currency: order.currency,
    // A refusal is definite only when every single answer was.
    outcome: record.outcome === 'refused' && hasOpenSend ? 'unknown' : record.outcome,
    sends: record.answers.length,
    storableSends: record.answers.filter(({ status, isDefinite }) => status === 201 || !isDefinite).length,
    answeredPosition: record.streamSequence,
    answeredId: record.orderId,
  };
}

/**
 * Whether the history is whole, judged by its manifest and how many orders were read of it.
 *
 * @param records how many records the file had
 * @param orders how many distinct orders these were about
 */
export function historyState(manifest: RunManifest, records: number, orders: number): SourceState {
  const { finished } = manifest;
  if (finished === undefined) return { kind: 'part', why: 'the generator died before it finished' };
  if (records !== orders) {
    return { kind: 'part', why: `it has ${records} records of only ${orders} orders` };
  }
  if (records !== finished.attempted) {
    return { kind: 'part', why: `it has ${records} records of ${finished.attempted} attempted orders` };
  }
  return whole;
}
