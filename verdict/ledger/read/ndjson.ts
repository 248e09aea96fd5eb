import type { SourceState } from '../sources.ts';
import { whole } from '../sources.ts';

/**
 * Reads a listing of one JSON object a line over HTTP, in constant memory, to its last line `{"end":true,"rows":n}`.
 *
 * @param onRow gets every row before the end line; throws TypeError when a row has the wrong shape
 * @returns whether the listing was read whole; never throws for what the other side does
 */
export async function readListing(
  url: string,
  onRow: (row: Readonly<Record<string, unknown>>) => void,
  signal?: AbortSignal,
): Promise<SourceState> {
  let rows = 0;
  let end: Readonly<Record<string, unknown>> | undefined;
  try {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return { kind: 'failed', why: `${url} answered ${response.status}` };
    }
    for await (const line of lines(response.body)) {
      const row = parseObject(line);
      if (end !== undefined) return { kind: 'part', why: `${url} goes on after its end line` };
      if (row.end === true) {
        end = row;
      } else {
        onRow(row);
        rows++;
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    const why = `${url}: ${messageOf(error)}`;
    return rows === 0 ? { kind: 'failed', why } : { kind: 'part', why: `${why} after ${rows} rows` };
  }
  if (end === undefined) return { kind: 'part', why: `${url} ended after ${rows} rows without its end line` };
  if (end.rows !== rows) {
    return { kind: 'part', why: `${url} gave ${rows} rows, but its end line says ${String(end.rows)}` };
  }
  return whole;
}

/** The lines of a byte stream; a last line without a line feed is a line too. */
async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield part;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new TypeError(`no object: ${line.slice(0, 80)}`);
  return value as Record<string, unknown>;
}

/** `fetch` says only "fetch failed"; its cause says why. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

/** @throws TypeError when the row has no such text */
export function textOf(row: Readonly<Record<string, unknown>>, key: string): string {
  const value = row[key];
  if (typeof value !== 'string') throw new TypeError(`a row has no text ${key}`);
  return value;
}

/** @throws TypeError when the row has no such number */
export function numberOf(row: Readonly<Record<string, unknown>>, key: string): number {
  const value = row[key];
  if (typeof value !== 'number') throw new TypeError(`a row has no number ${key}`);
  return value;
}

/** @throws TypeError when the row's text is not one of these */
export function oneOf<T extends string>(
  row: Readonly<Record<string, unknown>>,
  key: string,
  values: readonly T[],
): T {
  const text = textOf(row, key);
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw new TypeError(`a row has ${key} ${JSON.stringify(text)}`);
  return value;
}
