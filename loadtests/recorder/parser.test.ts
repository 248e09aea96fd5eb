import { describe, expect, it } from 'vitest';
import { type OrderResponse, ProtocolError, ResponseParser } from './parser.ts';

const id = '0123456789abcdef0123456789abcdef';

function response(statusLine: string, headers: string[], body = ''): string {
  return `HTTP/1.1 ${statusLine}\r\n${[...headers, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}

const accepted = response(
  '201 Created',
  ['Location: /v1/orders/x', 'Content-Type: application/json', 'Connection: keep-alive'],
  `{"order_id":"${id}","status":"accepted","position":4711}`,
);
const refused = response('503 Service Unavailable', ['retry-after: 2'], '{"title":"not \r\n\r\n yet"}');
const lastOne = response('429 Too Many Requests', ['CONNECTION: close', 'Retry-After: never']);

const parsedAccepted: OrderResponse = {
  status: 201,
  retryAfterMs: 0,
  orderId: id,
  position: 4711,
  isReusable: true,
};
const parsedRefused: OrderResponse = {
  status: 503,
  retryAfterMs: 2_000,
  orderId: undefined,
  position: 0,
  isReusable: true,
};
const parsedLastOne: OrderResponse = { ...parsedRefused, status: 429, retryAfterMs: 0, isReusable: false };

function parse(chunks: readonly string[]): OrderResponse[] {
  const seen: OrderResponse[] = [];
  const parser = new ResponseParser((one) => seen.push(one));
  for (const chunk of chunks) parser.push(Buffer.from(chunk, 'latin1'));
  return seen;
}

describe('the response parser', () => {
  const bytes = accepted + refused + lastOne;
  const expected = [parsedAccepted, parsedRefused, parsedLastOne];

  it('reads pipelined responses from one chunk', () => {
    expect(parse([bytes])).toEqual(expected);
  });

  it('reads the same wherever the bytes are cut in two', () => {
    for (let at = 0; at <= bytes.length; at++) {
      expect(parse([bytes.slice(0, at), bytes.slice(at)]), `cut at ${at}`).toEqual(expected);
    }
  });

  it('reads the same byte by byte', () => {
    expect(parse([...bytes])).toEqual(expected);
  });

  it('keeps nothing of a buffer that is used again', () => {
    const seen: OrderResponse[] = [];
    const parser = new ResponseParser((one) => seen.push(one));
    const buffer = Buffer.alloc(bytes.length);
    buffer.write(bytes.slice(0, 100), 'latin1');
    parser.push(buffer, 100);
    buffer.fill('x');
    parser.push(Buffer.from(bytes.slice(100)));
    expect(seen).toEqual(expected);
  });

  it('passes over informational responses', () => {
    expect(parse([`HTTP/1.1 100 Continue\r\n\r\n${accepted}`])).toEqual([parsedAccepted]);
  });

  it('takes the status of a response that does not say its length, and gives up the connection', () => {
    const chunked = 'HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
    expect(parse([chunked])).toEqual([{ ...parsedLastOne, status: 500 }]);
    expect(parse(['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'])).toEqual([
      { ...parsedLastOne, status: 400 },
    ]);
  });

  it('takes a 201 for a 201 whatever its body says', () => {
    const unnamed = { ...parsedAccepted, orderId: undefined, position: 0 };
    for (const body of ['', 'no json', 'null', '{"order_id":"XYZ","position":"7"}']) {
      expect(parse([response('201 Created', [], body)])).toEqual([unnamed]);
    }
  });

  it.each([
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'HTTP/1.1 abc\r\n\r\n',
    'HTTP/1.1 999 What\r\n\r\n',
    'HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(300_000)}`,
  ])('refuses what is no response', (garbage) => {
    expect(() => parse([garbage])).toThrow(ProtocolError);
  });
});
