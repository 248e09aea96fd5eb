import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequest } from './request-head.ts';

const readable = { path: '/things', headerBytesMax: 2_048, bodyBytesMax: 1_024 };
const head = 'POST /things HTTP/1.1\r\nHost: a\r\nX-Key:  k \r\nContent-Length: 3\r\n\r\n';

const read = (text: string, from = 0) => readRequest(Buffer.from(text, 'latin1'), from, readable);

describe('a request', () => {
  it('is read as a whole, with its fields in lower case', () => {
    expect(read(`${head}abc`)).toEqual({
      kind: 'whole',
      head: {
        method: 'POST',
        url: '/things',
        headers: { host: 'a', 'x-key': 'k', 'content-length': '3' },
      },
      bodyFrom: head.length,
      end: head.length + 3,
    });
  });

  it('is read from where it begins, up to its end', () => {
    const two = `${head}abc${head}def`;
    const first = read(two);
    expect(first).toMatchObject({ kind: 'whole', end: head.length + 3 });
    expect(read(two, head.length + 3)).toMatchObject({ kind: 'whole', end: two.length });
  });

  it('is a part of one at each place before its end', () => {
    const text = `${head}abc`;
    for (let end = 1; end < text.length; end++) expect(read(text.slice(0, end)).kind).toBe('part');
  });
});

describe('somebody else reads', () => {
  const one = (change: (text: string) => string) => change(`${head}abc`);
  it.each<[string, string]>([
    ['another method', one((text) => text.replace('POST', 'GET'))],
    ['another path', one((text) => text.replace('/things', '/thing'))],
    ['a query', one((text) => text.replace('/things', '/things?a=1'))],
    ['another version', one((text) => text.replace('1.1', '1.0'))],
    ['a body in chunks', one((text) => text.replace('X-Key:  k ', 'Transfer-Encoding: chunked'))],
    ['one that is asked for', one((text) => text.replace('X-Key:  k ', 'Expect: 100-continue'))],
    ['another protocol', one((text) => text.replace('X-Key:  k ', 'Upgrade: h2c'))],
    ['a field twice', one((text) => text.replace('X-Key:  k ', 'HOST: b'))],
    ['two lengths', one((text) => text.replace('X-Key:  k ', 'content-length: 4'))],
    ['a list of lengths', one((text) => text.replace('Length: 3', 'Length: 3, 3'))],
    ['a length with a sign', one((text) => text.replace('Length: 3', 'Length: +3'))],
    ['a length of nothing', one((text) => text.replace('Length: 3', 'Length: 0'))],
    ['a length that is none', one((text) => text.replace('Length: 3', 'Length: 0x3'))],
    ['no length', one((text) => text.replace('Content-Length: 3\r\n', ''))],
    ['no host', one((text) => text.replace('Host: a\r\n', ''))],
    ['a last request', one((text) => text.replace('X-Key:  k ', 'Connection: close'))],
    ['a space before a colon', one((text) => text.replace('X-Key:', 'X-Key :'))],
    ['a folded line', one((text) => text.replace('X-Key:  k ', 'X-Key: k\r\n l'))],
    ['a line that ends too soon', one((text) => text.replace('X-Key:  k \r\n', 'X-Key: k\n'))],
    ['a field without a name', one((text) => text.replace('X-Key:', ':'))],
    ['a field without a colon', one((text) => text.replace('X-Key:', 'X-Key'))],
    ['bytes beyond ASCII', one((text) => text.replace(' k ', ' \u00e9 '))],
    ['a zero byte', one((text) => text.replace(' k ', ' \0 '))],
    ['a head that is too long', one((text) => text.replace(' k ', 'k'.repeat(2_048)))],
    ['a head without end that is too long', `${head.slice(0, -4)}${'k'.repeat(2_048)}`],
    ['a body that is too long', one((text) => text.replace('Length: 3', 'Length: 1025'))],
    ['what is no request', '\x16\x03\x01'],
  ])('%s', (_what, text) => {
    expect(read(text).kind).toBe('other');
  });
});

/** How Node reads the first request of some bytes; undefined when it does not. */
async function readByNode(text: string) {
  const read = Promise.withResolvers<object | undefined>();
  const server = createServer({ requireHostHeader: true }, async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method, url, headers } = request;
    read.resolve({ method, url, headers: { ...headers }, body: Buffer.concat(pieces).toString('latin1') });
    response.end();
  });
  server.on('clientError', (_error, socket) => {
    read.resolve(undefined);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('close', () => read.resolve(undefined));
  socket.end(Buffer.from(text, 'latin1'));
  const result = await read.promise;
  socket.destroy();
  server.close();
  return result;
}

describe('what is read here', () => {
  const piece = fc.constantFrom(
    ...['\r\n', '\n', '\r', ':', ' ', '\t', ',', '0', '3', 'a', '\0', '\x7f', '\u00e9', 'chunked', 'Host: b'],
    ...[
      'Content-Length: 2',
      'Transfer-Encoding: chunked',
      'Connection: keep-alive',
      '\r\n\r\n',
      'POST /things HTTP/1.1\r\n',
    ],
  );
  const edit = fc.record({
    at: fc.nat(head.length + 3),
    gone: fc.nat(4),
    piece: fc.option(piece, { nil: '' }),
  });

  it('is read by Node in the same way, whatever was done to it', async () => {
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 3 }), async (edits) => {
        let text = `${head}abc`;
        for (const { at, gone, piece } of edits) text = text.slice(0, at) + piece + text.slice(at + gone);
        const mine = read(text);
        if (mine.kind !== 'whole') return;
        whole += 1;
        const { method, url, headers } = mine.head;
        const body = text.slice(mine.bodyFrom, mine.end);
        // What comes after it is another request.
        expect(await readByNode(text.slice(0, mine.end))).toEqual({
          method,
          url,
          headers: { ...headers },
          body,
        });
      }),
      { numRuns: 3_000 },
    );
    // Else it says nothing.
    expect(whole).toBeGreaterThan(100);
  });
});
