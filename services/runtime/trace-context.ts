import { randomFillSync } from 'node:crypto';

/** The fields of a W3C `traceparent`, version 00. */
export type TraceParent = {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the caller's span. */
  readonly spanId: string;
  readonly isSampled: boolean;
};

const traceparentPattern =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** @returns undefined when the text is absent or not valid (Trace Context, section 3.2.2), as if none had been sent */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const match = text === undefined || text === '' ? null : traceparentPattern.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  return { traceId: match[1], spanId: match[2], isSampled: (Number.parseInt(match[3], 16) & 1) === 1 };
}

export function formatTraceparent(context: TraceParent): string {
  return `00-${context.traceId}-${context.spanId}-${context.isSampled ? '01' : '00'}`;
}

/** Random bytes are drawn from the kernel 4 KiB at a time; `poolAt` is the first one not handed out yet. */
const pool = Buffer.alloc(4096);
let poolAt = pool.length;

function randomHex(bytes: number): string {
  if (poolAt + bytes > pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const hex = pool.toString('hex', poolAt, poolAt + bytes);
  poolAt += bytes;
  return hex;
}

export function newTraceId(): string {
  return randomHex(16);
}

export function newSpanId(): string {
  return randomHex(8);
}

/**
 * Decides from the randomness of the trace id itself (its last 56 bits, as W3C Trace Context level 2 promises them
 * random), so that every participant would decide alike.
 *
 * @param ratio 0 to 1
 */
export function shouldSample(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) >= (1 - ratio) * 2 ** 52;
}
