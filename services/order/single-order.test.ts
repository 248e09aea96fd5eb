import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metrics } from '../../observability/names/metrics.ts';
import { listen, ProblemError } from '../runtime/index.ts';
import { type Api, createApi } from './fixtures/api.ts';

/** Whether an order passes fastify by or not, it is answered the same. A body in chunks has no declared length, and goes by fastify. */

const order = { customer_id: 'customer-1', amount_minor: 1_250, currency: 'EUR' };

let api: Api;
let port: number;
let byFastify: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  api = createApi();
  byFastify = 0;
  api.server.addHook('onRequest', (_request, _reply, done) => {
    byFastify += 1;
    done();
  });
  port = await listen(api.server, { host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.server.close();
});

function open(): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

type Sent = { readonly body: string; readonly headers?: Readonly<Record<string, string>> };

function headOf(headers: Readonly<Record<string, string>>): string {
  const all = { host: 'a', 'content-type': 'application/json', 'idempotency-key': 'key-1', ...headers };
  return `POST /v1/orders HTTP/1.1\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
}

/** Sends a request and reads its answer, whose fields come without the time. */
async function send(request: string) {
  const socket = open();
  const pieces: string[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece.toString()));
  socket.write(request);
  const whole = () => /\r\ncontent-length: (\d+)\r\n(?:.*\r\n)*?\r\n(.*)/su.exec(pieces.join(''));
  while ((whole()?.[2]?.length ?? -1) < Number(whole()?.[1] ?? 0)) await once(socket, 'data');
  const [head = '', body = ''] = pieces.join('').split('\r\n\r\n');
  const [status, ...fields] = head.split('\r\n');
  return { status, fields: fields.filter((field) => !field.startsWith('Date: ')).sort(), body };
}

const whole = ({ body, headers = {} }: Sent) =>
  `${headOf({ ...headers, 'content-length': String(Buffer.byteLength(body)) })}${body}`;
const inChunks = ({ body, headers = {} }: Sent) =>
  `${headOf({ ...headers, 'transfer-encoding': 'chunked' })}${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe('an order that passes fastify by', () => {
  it('is accepted, and answered as fastify answers it', async () => {
    const first = await send(whole({ body: JSON.stringify(order) }));
    expect(byFastify).toBe(0);
    expect(first).toMatchObject({ status: 'HTTP/1.1 201 Created' });
    const again = await send(whole({ body: JSON.stringify(order) }));
    const byOther = await send(inChunks({ body: JSON.stringify(order) }));
    expect(byFastify).toBe(1);
    expect(again).toEqual(byOther);
    expect(again.body).toBe(first.body);
    expect(again.fields).toEqual([...first.fields, 'idempotency-replayed: true'].sort());
    expect(api.groups.flat()).toMatchObject([{ customerId: 'customer-1', idempotencyKey: 'key-1' }]);
  });

  it('is refused as fastify refuses it', async () => {
    api.situation.refusal = new ProblemError(503, 'not-ready', 'not ready: brokers', {
      retryAfterSeconds: 7,
    });
    const refused = await send(whole({ body: JSON.stringify(order) }));
    expect(byFastify).toBe(0);
    expect(refused).toEqual(await send(inChunks({ body: JSON.stringify(order) })));
    expect(refused.status).toBe('HTTP/1.1 503 Service Unavailable');
    expect(refused.fields).toContain('retry-after: 7');
  });

  it('is counted and timed as by fastify', async () => {
    await send(whole({ body: JSON.stringify(order) }));
    await send(
      inChunks({ body: JSON.stringify({ ...order, amount_minor: 1 }), headers: { 'idempotency-key': 'b' } }),
    );
    expect(byFastify).toBe(1);
    expect(await api.dataPoints(metrics.httpServerDuration.name)).toMatchObject([
      {
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/v1/orders',
          'http.response.status_code': 201,
        },
        value: { count: 2 },
      },
    ]);
    expect(await api.dataPoints(metrics.acceptDuration.name)).toMatchObject([{ value: { count: 2 } }]);
  });

  it('comes in pieces', async () => {
    const socket = open();
    const text = JSON.stringify({ ...order, customer_id: 'Zoë 🙂' });
    const bytes = Buffer.from(whole({ body: text }));
    // The last piece begins within a character.
    const cut = bytes.length - Buffer.from('🙂","amount_minor":1250,"currency":"EUR"}').length + 2;
    socket.write(bytes.subarray(0, cut));
    await once(api.server.server, 'request');
    socket.write(bytes.subarray(cut));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 201 /);
    expect(byFastify).toBe(0);
    expect(api.groups.flat()).toMatchObject([{ customerId: 'Zoë 🙂' }]);
  });

  it('is not handed in when its client goes away before its body is there', async () => {
    const socket = open();
    socket.write(whole({ body: JSON.stringify(order) }).slice(0, -1));
    const [request] = (await once(api.server.server, 'request')) as [IncomingMessage];
    // `once` would listen for errors, too, and what nobody listens for must not end the service.
    const closed = new Promise((resolve) => request.on('close', resolve));
    socket.destroy();
    await closed;
    expect(api.groups).toEqual([]);
  });

  it('closes its connection when the service began to close meanwhile', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const answer = send(whole({ body: JSON.stringify(order) }));
    await once(api.server.server, 'request');
    while (api.groups.length === 0) await new Promise(setImmediate);
    const closed = api.server.close();
    await new Promise(setImmediate);
    stored.resolve(1);
    expect(await answer).toMatchObject({
      status: 'HTTP/1.1 201 Created',
      fields: expect.arrayContaining([expect.stringMatching(/^connection: close$/i)]),
    });
    await closed;
  });

  it('is answered with 500 when something fails that nobody foresaw, and the cause is not told', async () => {
    api.situation.refusal = new TypeError('the secret cause') as never;
    const failed = await send(whole({ body: JSON.stringify(order) }));
    expect(byFastify).toBe(0);
    expect(failed).toEqual(await send(inChunks({ body: JSON.stringify(order) })));
    expect(failed.status).toBe('HTTP/1.1 500 Internal Server Error');
    expect(failed.body).not.toContain('secret');
  });
});

describe('what is left to fastify', () => {
  it.each<[string, Sent, number]>([
    ['is no JSON', { body: '{"customer_id":' }, 400],
    ['is empty', { body: '' }, 400],
    ['is no object', { body: '[]' }, 422],
    ['lacks a member', { body: JSON.stringify({ ...order, currency: undefined }) }, 422],
    ['has a member too many', { body: JSON.stringify({ ...order, extra: 1 }) }, 422],
    ['would change a prototype', { body: JSON.stringify(order).replace('{', '{"__proto__":{},') }, 400],
    ['has an amount in words', { body: JSON.stringify({ ...order, amount_minor: '1250' }) }, 422],
    ['has half a cent', { body: JSON.stringify({ ...order, amount_minor: 0.5 }) }, 422],
    ['is of no customer', { body: JSON.stringify({ ...order, customer_id: '' }) }, 422],
    ['begins with a byte order mark', { body: `\uFEFF${JSON.stringify(order)}` }, 201],
    ['is text', { body: JSON.stringify(order), headers: { 'content-type': 'text/plain' } }, 415],
    [
      'has another way to say JSON',
      { body: JSON.stringify(order), headers: { 'content-type': 'application/json;charset=UTF-8' } },
      201,
    ],
    ['has no key', { body: JSON.stringify(order), headers: { 'idempotency-key': '' } }, 400],
    ['has a key with a space', { body: JSON.stringify(order), headers: { 'idempotency-key': 'a b' } }, 400],
    [
      'names a client that cannot be',
      { body: JSON.stringify(order), headers: { 'x-client-id': 'a/b' } },
      400,
    ],
    ['is too long', { body: JSON.stringify(order).padEnd(16 * 1024 + 1) }, 413],
  ])('is what %s', async (_what, sent, status) => {
    const answered = await send(whole(sent));
    expect(byFastify).toBe(1);
    expect(answered.status).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
