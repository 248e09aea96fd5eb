import type { IncomingMessage } from 'node:http';

/** What is known of a request before its body is read, as Node gives it. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** What bytes are, as far as {@link readRequest} can tell. */
export type ReadRequest =
  | {
      readonly kind: 'whole';
      readonly head: RequestHead;
      /** Where its body begins, and where whatever comes after it. */
      readonly bodyFrom: number;
      readonly end: number;
    }
  /** The beginning of what may become one. */
  | { readonly kind: 'part' }
  /** Anything else. It may be a request all the same; this does not say. */
  | { readonly kind: 'other' };

/** The one kind of request that is read. */
export type ReadableRequest = {
  /** `/v1/orders`; no query may follow. */
  readonly path: string;
  readonly headerBytesMax: number;
  readonly bodyBytesMax: number;
};

const endOfHead = Buffer.from('\r\n\r\n');
/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Without what is beyond ASCII, of which nobody knows what it means. Looking once at all lines costs less than once at each. */
const plainLines = /^[\t\x20-\x7e]*(?:\r\n[\t\x20-\x7e]*)*$/;
/** Neither 0, nor a sign, nor a list of several. */
const length = /^[1-9][0-9]{0,6}$/;

/** Fields that change what the bytes of a request are, or what its sender expects before its answer. */
const changing = ['transfer-encoding', 'expect', 'upgrade', 'trailer'] as const;

const part: ReadRequest = { kind: 'part' };
const other: ReadRequest = { kind: 'other' };

/**
 * Reads a POST to one path with a body of a declared length, in HTTP/1.1 as RFC 9112 has it. It reads only what can be read in
 * one way: whatever is unusual (a field that comes twice, line ends that are not whole, folded lines, bytes beyond ASCII in the head,
 * `Connection: close`) is `other`, and somebody else's.
 *
 * @param from where in the bytes it begins
 */
export function readRequest(bytes: Buffer, from: number, readable: ReadableRequest): ReadRequest {
  const { path, headerBytesMax, bodyBytesMax } = readable;
  const line = `POST ${path} HTTP/1.1\r\n`;
  const headEnd = bytes.indexOf(endOfHead, from);
  if (headEnd === -1) {
    if (bytes.length - from > headerBytesMax) return other;
    const start = bytes.toString('latin1', from, from + line.length);
    return line.startsWith(start) ? part : other;
  }
  if (headEnd - from > headerBytesMax) return other;
  const text = bytes.toString('latin1', from, headEnd);
  if (!text.startsWith(line) || !plainLines.test(text)) return other;
  const headers = readFields(text, line.length);
  if (headers?.host === undefined || changing.some((name) => name in headers)) return other;
  if ((headers.connection ?? 'keep-alive').toLowerCase() !== 'keep-alive') return other;
  const declared = headers['content-length'] ?? '';
  if (!length.test(declared) || Number(declared) > bodyBytesMax) return other;
  const bodyFrom = headEnd + endOfHead.length;
  const end = bodyFrom + Number(declared);
  if (end > bytes.length) return part;
  return { kind: 'whole', head: { method: 'POST', url: path, headers }, bodyFrom, end };
}

/** @returns undefined when they are not what {@link readRequest} reads; names in lower case */
function readFields(text: string, from: number): Record<string, string> | undefined {
  const fields: Record<string, string> = { __proto__: null } as never;
  for (let at = from; at < text.length; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const end = lineEnd === -1 ? text.length : lineEnd;
    const colon = text.indexOf(':', at);
    if (colon === -1 || colon >= end) return undefined;
    const name = readName(text.slice(at, colon));
    if (name === undefined || name in fields) return undefined;
    fields[name] = text.slice(colon + 1, end).trim();
    at = end + 2;
  }
  return fields;
}

/** What nearly every request has, in the two ways in which clients write it. */
const usualNames = new Map(
  [
    ...['Host', 'Connection', 'Content-Type', 'Content-Length', 'Idempotency-Key', 'Authorization'],
    ...['Accept', 'Accept-Encoding', 'User-Agent', 'Traceparent', 'X-Stormproof-Run'],
  ].flatMap((name) => [
    [name, name.toLowerCase()],
    [name.toLowerCase(), name.toLowerCase()],
  ]),
);

/** @returns in lower case; undefined when it is no token */
function readName(written: string): string | undefined {
  return usualNames.get(written) ?? (token.test(written) ? written.toLowerCase() : undefined);
}
