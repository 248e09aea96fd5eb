/** What the recorder reads of a response. */
export type OrderResponse = {
  readonly status: number;
  /** From `Retry-After` in seconds; 0 when absent or a date. */
  readonly retryAfterMs: number;
  /** From the body of a 201; undefined for other statuses and when the body does not say it. */
  readonly orderId: string | undefined;
  /** Stream sequence from the body of a 201; 0 otherwise. */
  readonly position: number;
  /** Whether the connection can carry another request. */
  readonly isReusable: boolean;
};

/** The peer does not speak the HTTP/1.1 that the recorder reads. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Bytes of one response; the service's own answers are a few hundred. */
const responseBytesMax = 256 * 1024;

type Head = {
  readonly status: number;
  readonly bodyAt: number;
  /** Undefined when the response does not say where its body ends. */
  readonly bodyLength: number | undefined;
  readonly retryAfterMs: number;
  readonly isClosing: boolean;
};

/**
 * Splits the bytes of one connection into responses, wherever the chunks were cut. It reads the status,
 * `Content-Length`, `Retry-After`, `Connection` and the JSON of a 201.
 *
 * A body without `Content-Length` is not read: its status is reported and the connection is not reusable.
 */
export class ResponseParser {
  /** The bytes of an incomplete response as Latin-1 text, so that a character is a byte. */
  #rest = '';
  readonly #onResponse: (response: OrderResponse) => void;

  constructor(onResponse: (response: OrderResponse) => void) {
    this.#onResponse = onResponse;
  }

  /**
   * Takes the next bytes; they may be overwritten once this returns.
   *
   * @throws ProtocolError when they are no HTTP/1.1 response; the connection is then of no more use
   */
  push(chunk: Buffer, length: number = chunk.length): void {
    const text = this.#rest + chunk.toString('latin1', 0, length);
    let at = 0;
    while (at < text.length) {
      const next = this.#takeResponse(text, at);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > responseBytesMax) throw new ProtocolError('a response is too long');
  }

  /** @returns where the response ends, or undefined while it is incomplete */
  #takeResponse(text: string, at: number): number | undefined {
    const headEnd = text.indexOf('\r\n\r\n', at);
    if (headEnd === -1) return undefined;
    const head = parseHead(text, at, headEnd);
    if (head.status < 200) return head.bodyAt;
    const length = head.status === 204 || head.status === 304 ? 0 : head.bodyLength;
    if (length === undefined) {
      this.#emit(head, '', false);
      return text.length;
    }
    const end = head.bodyAt + length;
    if (text.length < end) return undefined;
    this.#emit(head, head.status === 201 ? text.slice(head.bodyAt, end) : '', !head.isClosing);
    return end;
  }

  #emit(head: Head, body: string, isReusable: boolean): void {
    const { status, retryAfterMs } = head;
    this.#onResponse({ status, retryAfterMs, ...parseAccepted(body), isReusable });
  }
}

function parseHead(text: string, at: number, headEnd: number): Head {
  const status = Number(text.slice(at + 9, at + 12));
  if (!text.startsWith('HTTP/1.1 ', at) || !(status >= 100 && status <= 599)) {
    throw new ProtocolError(`no HTTP/1.1 status line: ${JSON.stringify(text.slice(at, at + 40))}`);
  }
  let bodyLength: number | undefined;
  let retryAfterMs = 0;
  let isClosing = false;
  let lineAt = text.indexOf('\r\n', at) + 2;
  while (lineAt < headEnd) {
    const lineEnd = text.indexOf('\r\n', lineAt);
    const colon = text.indexOf(':', lineAt);
    // Comparing lengths first spares most headers the cost of a copy in lower case.
    switch (colon - lineAt) {
      case 10:
        if (isHeader(text, lineAt, 'connection')) {
          isClosing =
            text
              .slice(colon + 1, lineEnd)
              .trim()
              .toLowerCase() === 'close';
        }
        break;
      case 11:
        if (isHeader(text, lineAt, 'retry-after')) {
          const seconds = Number(text.slice(colon + 1, lineEnd));
          if (seconds > 0) retryAfterMs = seconds * 1_000;
        }
        break;
      case 14:
        if (isHeader(text, lineAt, 'content-length')) {
          bodyLength = Number(text.slice(colon + 1, lineEnd));
          if (!Number.isSafeInteger(bodyLength) || bodyLength < 0)
            throw new ProtocolError('bad Content-Length');
        }
        break;
    }
    lineAt = lineEnd + 2;
  }
  return { status, bodyAt: headEnd + 4, bodyLength, retryAfterMs, isClosing };
}

function isHeader(text: string, at: number, name: string): boolean {
  return text.slice(at, at + name.length).toLowerCase() === name;
}

function parseAccepted(body: string): Pick<OrderResponse, 'orderId' | 'position'> {
  if (body === '') return nothingAccepted;
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said !== 'object' || said === null) return nothingAccepted;
    const { order_id: id, position } = said as { order_id?: unknown; position?: unknown };
    return {
      orderId: typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) ? id : undefined,
      position: typeof position === 'number' ? position : 0,
    };
  } catch {
    // A 201 that is no JSON still is a 201; the record then names no order id, which the audit reports.
    return nothingAccepted;
  }
}

const nothingAccepted = { orderId: undefined, position: 0 } as const;
