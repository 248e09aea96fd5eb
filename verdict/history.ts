/**
 * The client history of a run: what the load generator attempted and every answer it got, order by order.
 * The recorder writes it while it runs (one record as soon as an order's last answer is in); the ledger reads it.
 */

import type { PlannedShape } from './load-shape.ts';

/** How an order ended for its client. */
export const clientOutcomes = ['accepted', 'refused', 'unknown'] as const;
/**
 * - `accepted`: a 201 came back.
 * - `refused`: every send got a definite refusal (4xx, 429, 503, connection refused).
 * - `unknown`: no 201, and at least one send may have been stored (504, timeout, broken connection).
 */
export type ClientOutcome = (typeof clientOutcomes)[number];

/** One send of an order and what came back. */
export type Answer = {
  /** HTTP status; 0 when none came back (timeout, broken or refused connection). */
  readonly status: number;
  /** Whether the answer settles that this send stored nothing. True for 201 as well: nothing is left open. */
  readonly isDefinite: boolean;
  /** When it was sent, microseconds after the intended time; below 2^32. */
  readonly sentAfterUs: number;
  /** When the answer (or the giving up) came, microseconds after the intended time; below 2^32. */
  readonly answeredAfterUs: number;
  /** What it asked to wait before the next send (`Retry-After`), whole seconds, at most 255; absent where it named nothing. */
  readonly retryAfterSeconds?: number;
};

/** Everything that happened to one order at the client. */
export type AttemptRecord = {
  /** The order's place in the run's workload (verdict/workload.ts). */
  readonly index: number;
  readonly outcome: ClientOutcome;
  /** From the 201; 32 lower-case hex digits. Undefined unless accepted, and where the client keeps no bodies. */
  readonly orderId: string | undefined;
  /** Stream sequence from the 201; 0 unless accepted. */
  readonly streamSequence: number;
  /** When it should have been sent, microseconds after the run's start. */
  readonly intendedAtUs: number;
  /** In the order of sending; at least one, at most 255. */
  readonly answers: readonly Answer[];
};

/**
 * Which one a generator is, counted from 0, of several that share the orders of a run: those are its own whose index leaves
 * this one's divided by `count`.
 */
export type Share = { readonly index: number; readonly count: number };

/** The facts about a run beside its records: `run.json`, written at the start and again at the end. */
export type RunManifest = {
  readonly runId: string;
  readonly client: 'recorder' | 'k6';
  readonly clientId: string;
  /** Orders per second; of a load that has a shape the highest. */
  readonly rate: number;
  readonly durationSeconds: number;
  /** How many orders the run was to send. */
  readonly planned: number;
  /** How the rate went, where it was not the same all the time or phases of it have names. */
  readonly shape?: PlannedShape;
  /** Orders in a request; absent for 1. */
  readonly ordersPerRequest?: number;
  /** What the generator cost by itself, against a server that does nothing; absent where nobody measured it. */
  readonly calibration?: { readonly requestRate: number; readonly cpuUsPerRequest?: number };
  /** Of a generator that shares the run's orders with others: `planned` and the like are of its own. */
  readonly share?: Share;
  /** How many generators shared the run's orders, whose histories were merged into this one; absent for 1. */
  readonly generators?: number;
  readonly seed: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** Absent while it runs, and for ever when the generator died: the verdict is then INCONCLUSIVE. */
  readonly finished?: {
    readonly endedAtMs: number;
    /** How many orders were sent at least once. */
    readonly attempted: number;
    /** Planned sends that the generator could not make in time. */
    readonly dropped: number;
    /** CPU the generator used, in microseconds. */
    readonly cpuUs: number;
    /** Whether it was told to stop early. */
    readonly wasInterrupted: boolean;
  };
};

/** Bytes of a record without answers, and of one answer. Little-endian throughout. */
export const recordHeaderBytes = 40;
export const answerBytes = 12;

/** How a record without an order id spells it: no hash is all zeros. */
const noOrderId = '0'.repeat(32);

/** The first bytes of a history file: a name and the format's version. */
export const historyMagic = new TextEncoder().encode('SPHIST01');

/**
 * Writes one record at an offset.
 *
 * Layout: index u32, outcome u8, answers u8, reserved u16, intendedAtUs f64, streamSequence f64, order id 16
 * bytes (zero for none); then for each answer status u16, isDefinite u8, retryAfterSeconds u8 (zero for none),
 * sentAfterUs u32, answeredAfterUs u32.
 *
 * @returns the offset after the record
 * @throws RangeError when the view is too short
 */
export function encodeRecord(view: DataView, offset: number, record: AttemptRecord): number {
  view.setUint32(offset, record.index, true);
  view.setUint8(offset + 4, clientOutcomes.indexOf(record.outcome));
  view.setUint8(offset + 5, record.answers.length);
  view.setUint16(offset + 6, 0, true);
  view.setFloat64(offset + 8, record.intendedAtUs, true);
  view.setFloat64(offset + 16, record.streamSequence, true);
  for (let i = 0; i < 4; i++) {
    const word =
      record.orderId === undefined ? 0 : Number.parseInt(record.orderId.slice(i * 8, i * 8 + 8), 16);
    view.setUint32(offset + 24 + i * 4, word, false);
  }
  let at = offset + recordHeaderBytes;
  for (const answer of record.answers) {
    view.setUint16(at, answer.status, true);
    view.setUint8(at + 2, answer.isDefinite ? 1 : 0);
    view.setUint8(at + 3, answer.retryAfterSeconds ?? 0);
    view.setUint32(at + 4, answer.sentAfterUs, true);
    view.setUint32(at + 8, answer.answeredAfterUs, true);
    at += answerBytes;
  }
  return at;
}

/**
 * Reads the record at an offset.
 *
 * @returns the record and the offset after it, or undefined when the bytes end before the record does (a
 *   generator that died while writing)
 * @throws RangeError when the bytes are no record
 */
export function decodeRecord(
  view: DataView,
  offset: number,
): { readonly record: AttemptRecord; readonly next: number } | undefined {
  if (offset + recordHeaderBytes > view.byteLength) return undefined;
  const outcome = clientOutcomes[view.getUint8(offset + 4)];
  const count = view.getUint8(offset + 5);
  if (outcome === undefined || count === 0) {
    throw new RangeError(`history: the bytes at offset ${offset} are no record`);
  }
  const next = offset + recordHeaderBytes + count * answerBytes;
  if (next > view.byteLength) return undefined;
  let orderId = '';
  for (let i = 0; i < 4; i++)
    orderId += view
      .getUint32(offset + 24 + i * 4, false)
      .toString(16)
      .padStart(8, '0');
  const answers: Answer[] = [];
  for (let at = offset + recordHeaderBytes; at < next; at += answerBytes) {
    const retryAfterSeconds = view.getUint8(at + 3);
    const answer: Answer = {
      status: view.getUint16(at, true),
      isDefinite: view.getUint8(at + 2) === 1,
      sentAfterUs: view.getUint32(at + 4, true),
      answeredAfterUs: view.getUint32(at + 8, true),
    };
    answers.push(retryAfterSeconds === 0 ? answer : { ...answer, retryAfterSeconds });
  }
  const record: AttemptRecord = {
    index: view.getUint32(offset, true),
    outcome,
    orderId: outcome === 'accepted' && orderId !== noOrderId ? orderId : undefined,
    streamSequence: view.getFloat64(offset + 16, true),
    intendedAtUs: view.getFloat64(offset + 8, true),
    answers,
  };
  return { record, next };
}
