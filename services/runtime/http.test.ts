import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect, statusesIn } from './fixtures/sockets.ts';
import { createHttpServer, listen } from './http.ts';
import { ProblemError } from './problem.ts';

let server: FastifyInstance;
let port: number;
let arrived: PromiseWithResolvers<void>;
let released: PromiseWithResolvers<void>;
/** Requests to /things that reached their handler. */
let handled: number;

const things =
  'POST /things HTTP/1.1\r\nhost: a\r\nx-key: k\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"count":1}';

beforeEach(async () => {
  handled = 0;
  arrived = Promise.withResolvers();
  released = Promise.withResolvers();
  server = createHttpServer({
    log: pino({ level: 'silent' }),
    limits: { bodyBytesMax: 1_024, headerBytesMax: 2_048, headersMs: 300, requestMs: 600 },
  });
  server.post(
    '/things',
    {
      schema: {
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['count'],
          properties: { count: { type: 'integer' }, name: { type: 'string' } },
        },
        headers: { type: 'object', required: ['x-key'], properties: { 'x-key': { type: 'string' } } },
      },
    },
    (request) => {
      handled++;
      return request.body;
    },
  );
  server.get('/broken', () => {
    throw new Error('the secret cause');
  });
  server.get('/slow', async () => {
    arrived.resolve();
    await released.promise;
    return {};
  });
  server.get('/busy', () => {
    throw new ProblemError(503, 'busy', 'come back', { retryAfterSeconds: 7 });
  });
  port = await listen(server, { host: '127.0.0.1', port: 0 });
});

afterEach(() => server.close());

function post(body: string, headers: Record<string, string> = {}) {
  return fetch(`http://127.0.0.1:${port}/things`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-key': 'k', ...headers },
  });
}

/** Sends raw bytes and reads until the server closes. */
function sendRaw(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const got = collect(socket);
    socket.on('close', () => resolve(got()));
    socket.on('error', reject);
  });
}

describe('an answer to what cannot be served', () => {
  it.each([
    ['JSON that is cut short', '{"count":', {}, 400],
    ['an empty body', '', {}, 400],
    ['a body of another type', 'count=1', { 'content-type': 'text/plain' }, 415],
    ['a body that is too large', `{"name":"${'x'.repeat(2_000)}"}`, {}, 413],
    ['a value of the wrong type', '{"count":"1"}', {}, 422],
    ['a fraction', '{"count":1.5}', {}, 422],
    ['an unknown member', '{"count":1,"more":true}', {}, 422],
    ['a missing member', '{}', {}, 422],
    ['a polluted prototype', '{"count":1,"__proto__":{"a":1}}', {}, 400],
  ])('says what is wrong with %s', async (_what, body, headers, status) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      status,
      type: expect.stringMatching(/^urn:stormproof:problem:/),
      title: expect.any(String),
      detail: expect.any(String),
    });
  });

  it('names each thing that is wrong', async () => {
    const response = await post('{"name":1}');
    const { detail } = (await response.json()) as { detail: string };
    expect(detail).toContain("body must have required property 'count'");
    expect(detail).toContain('body.name must be string');
  });

  it('repeats no more than the beginning of a long name', async () => {
    // Each quote is written as two characters where it came from, and in what repeats it.
    const response = await post(`{"count":1,"${'\\"'.repeat(450)}":1}`);
    const { detail } = (await response.json()) as { detail: string };
    expect([response.status, detail]).toEqual([
      422,
      `body must NOT have additional properties: "${'\\"'.repeat(64)}" and so on`,
    ]);
  });

  it('blames a missing header with 400', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/things`, {
      method: 'POST',
      body: '{"count":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(400);
  });

  it('is 404 for an unknown path, without its query', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/nowhere?secret=1`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret');
  });

  it('is 400 for a URL that cannot be decoded', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/%E0%A4%A`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  it('keeps the cause of a failure to itself', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  it('says when to come back', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/busy`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('7');
  });
});

describe('what never becomes a request', () => {
  it.each([
    ['binary garbage', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0xff, 0x0d, 0x0a]), 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(4_000)}\r\n\r\n`, 431],
    ['headers that never end', 'GET / HTTP/1.1\r\nhost: a\r\nx: ', 408],
    [
      'a body that never comes',
      'POST /things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      408,
    ],
  ])('gets a problem and a closed connection for %s', async (_what, bytes, status) => {
    const answer = await sendRaw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ status });
  });

  it.each([
    ['its headers', 30],
    ['its body', things.indexOf('{')],
  ])(
    'is not handled when the rest follows on the refusal of a sender too slow with %s',
    async (_what, at) => {
      const accepted = once(server.server, 'connection') as Promise<[Socket]>;
      const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      client.on('error', () => {});
      client.write(things.slice(0, at));
      const [refusal] = (await once(client, 'data')) as [Buffer];
      expect(refusal.toString('latin1')).toMatch(/^HTTP\/1.1 408 /);
      client.write(things.slice(at));
      const [socket] = await accepted;
      await once(socket, 'close');
      client.destroy();
      expect(handled).toBe(0);
    },
  );

  it('does not keep a connection whose client never closes its own side', async () => {
    const accepted = once(server.server, 'connection') as Promise<[Socket]>;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => {});
    client.write('no HTTP at all\r\n\r\n');
    const [socket] = await accepted;
    await once(socket, 'close');
    client.destroy();
  });

  describe('behind a request that is in hand', () => {
    /** Sends texts that end in garbage, one after the other. @returns the statuses of all answers */
    async function statusesBehindOneInHand(...texts: readonly string[]): Promise<readonly number[]> {
      const socket = connect(port, '127.0.0.1');
      const got = collect(socket);
      socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n');
      await arrived.promise;
      for (const text of texts) {
        const seen = once(server.server, 'clientError');
        socket.write(text);
        await seen;
      }
      released.resolve();
      await once(socket, 'close');
      return statusesIn(got());
    }

    it('is told so after that is answered, and once, however much more comes', async () => {
      expect(await statusesBehindOneInHand('garbage\r\n\r\n', 'garbage\r\n\r\n')).toEqual([200, 400]);
    });

    it('is told so in place of the answer to a request that no handler has got yet', async () => {
      expect(await statusesBehindOneInHand(`${things}garbage\r\n\r\n`)).toEqual([200, 400]);
      expect(handled).toBe(0);
    });
  });
});

describe('a server that closes', () => {
  it('answers what is in flight and does not wait for its connection to idle away', async () => {
    const answer = fetch(`http://127.0.0.1:${port}/slow`);
    await arrived.promise;
    const closed = server.close();
    await new Promise((resolve) => setImmediate(resolve));
    released.resolve();
    const response = await answer;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    await response.arrayBuffer();
    await closed;
  });

  it.each([
    ['nothing', ''],
    ['half a header', 'GET / HTTP/1.1\r\nhost: a\r\nx: '],
    [
      'half a body',
      'POST /things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    ],
  ])('does not wait for a client that has sent %s', async (_what, bytes) => {
    const seen = once(server.server, bytes.startsWith('POST') ? 'request' : 'connection');
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    if (bytes !== '') socket.write(bytes);
    await seen;
    await server.close();
    socket.destroy();
  });

  it('answers what is in flight even after it has cut off others', async () => {
    const seen = once(server.server, 'connection');
    const silent = connect({ port, host: '127.0.0.1' });
    await seen;
    const answer = fetch(`http://127.0.0.1:${port}/slow`);
    await arrived.promise;
    const closed = server.close();
    await once(silent, 'close');
    released.resolve();
    expect((await answer).status).toBe(200);
    await closed;
  });
});
