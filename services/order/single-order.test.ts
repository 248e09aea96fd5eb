import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { metrics } from '../../observability/names/metrics.ts';
import { collect, statusesIn } from '../runtime/fixtures/sockets.ts';
import { listen, ProblemError } from '../runtime/index.ts';
import { type Api, createApi } from './fixtures/api.ts';

/** Whether an order passes fastify by or not, it is answered the same. A body in chunks has no declared length, and is fastify's. */

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

/** Both ends of a connection. @param isStubborn keeps its own side open when the other is closed */
async function meet(isStubborn = false): Promise<{ readonly socket: Socket; readonly peer: Socket }> {
  const accepted = once(api.server.server, 'connection') as Promise<[Socket]>;
  const socket = open(isStubborn);
  const [peer] = await accepted;
  return { socket, peer };
}

function open(isStubborn = false): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: isStubborn });
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

  it('is told the time, though the clock was put back', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2, 3, 4, 5) });
    try {
      const socket = open();
      for (const hour of ['03', '02']) {
        socket.write(whole({ body: JSON.stringify(order) }));
        const [answer] = (await once(socket, 'data')) as [Buffer];
        expect(answer.toString()).toContain(`\r\nDate: Fri, 02 Jan 2026 ${hour}:04:05 GMT\r\n`);
        vi.setSystemTime(Date.UTC(2026, 0, 2, 2, 4, 5));
      }
    } finally {
      vi.useRealTimers();
    }
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
    const text = JSON.stringify({ ...order, customer_id: 'Zoë 🙂' });
    const bytes = Buffer.from(whole({ body: text }));
    // Within the head, and within a character.
    const cuts = [40, bytes.length - Buffer.from('🙂","amount_minor":1250,"currency":"EUR"}').length + 2];
    const { socket, peer } = await meet();
    let from = 0;
    for (const cut of cuts) {
      socket.write(bytes.subarray(from, cut));
      while (peer.bytesRead < cut) await new Promise(setImmediate);
      from = cut;
    }
    socket.write(bytes.subarray(from));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 201 /);
    expect(byFastify).toBe(0);
    expect(api.groups.flat()).toMatchObject([{ customerId: 'Zoë 🙂' }]);
  });

  it('is not handed in when its client goes away before its body is there', async () => {
    const { socket, peer } = await meet();
    const text = whole({ body: JSON.stringify(order) }).slice(0, -1);
    socket.write(text);
    while (peer.bytesRead < text.length) await new Promise(setImmediate);
    socket.destroy();
    await once(peer, 'close');
    expect(api.groups).toEqual([]);
  });

  it('closes its connection when the service began to close meanwhile', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const answer = send(whole({ body: JSON.stringify(order) }));
    while (api.groups.length === 0) await new Promise(setImmediate);
    const closed = api.server.close();
    await new Promise(setImmediate);
    stored.resolve(1);
    expect(await answer).toMatchObject({
      status: 'HTTP/1.1 201 Created',
      fields: expect.arrayContaining(['Connection: close']),
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

const numbered = (n: number) =>
  whole({
    body: JSON.stringify({ ...order, amount_minor: n }),
    headers: { 'idempotency-key': `key-${n}` },
  });
const get = 'GET /v1/orders/0123456789abcdef0123456789abcdef HTTP/1.1\r\nhost: a\r\n\r\n';

describe('several on one connection', () => {
  /** The statuses of so many answers, and the orders that they tell of. */
  async function answersTo(text: string, count: number) {
    const socket = open();
    const got = collect(socket);
    socket.write(text);
    while (statusesIn(got()).length < count) await once(socket, 'data');
    return {
      statuses: statusesIn(got()),
      orderIds: [...got().matchAll(/"order_id":"([0-9a-f]+)"/g)].map(([, id]) => id),
    };
  }

  it('are answered in their order, however many', async () => {
    const count = 1_000;
    const text = Array.from({ length: count }, (_, n) => numbered(n + 1)).join('');
    const { statuses, orderIds } = await answersTo(text, count);
    expect(statuses).toEqual(Array.from({ length: count }, () => 201));
    const stored = api.groups.flat().sort((a, b) => a.amountMinor - b.amountMinor);
    expect(orderIds).toEqual(stored.map(({ orderId }) => orderId));
    expect(byFastify).toBe(0);
  });

  it('are answered in their order when they are stored together', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const answers = answersTo(numbered(1) + numbered(2), 2);
    while (api.groups.length === 0) await new Promise(setImmediate);
    stored.resolve(1);
    expect((await answers).statuses).toEqual([201, 201]);
  });

  it('are answered in their order when a later one is refused at once', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const { socket, peer } = await meet();
    const got = collect(socket);
    socket.write(numbered(1));
    while (api.groups.length === 0) await new Promise(setImmediate);
    api.situation.refusal = new ProblemError(503, 'not-ready', 'not ready: brokers');
    const before = peer.bytesRead;
    socket.write(numbered(2));
    while (peer.bytesRead === before) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(got()).toBe('');
    stored.resolve(1);
    while (statusesIn(got()).length < 2) await once(socket, 'data');
    expect(statusesIn(got())).toEqual([201, 503]);
  });

  it('are answered in their order when another kind of request is among them', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const answers = answersTo(numbered(1) + get + numbered(2) + get, 4);
    while (api.groups.length === 0) await new Promise(setImmediate);
    stored.resolve(1);
    expect((await answers).statuses).toEqual([201, 404, 201, 404]);
    expect(byFastify).toBe(3);
  });

  it('are not answered when the client says that nothing more comes, as by Node', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const { socket, peer } = await meet();
    const got = collect(socket);
    socket.end(numbered(1) + numbered(2));
    await once(peer, 'close');
    stored.resolve(1);
    await new Promise(setImmediate);
    expect(got()).toBe('');
    expect(api.groups).toHaveLength(1);
  });
});

describe('a closing service', () => {
  /** What has come until now: of each answer its status, and whether the connection is kept. */
  function follow(socket: Socket): () => (string | undefined)[][] {
    const got = collect(socket);
    return () =>
      [...got().matchAll(/HTTP\/1\.1 (\d+)[^{]*?\r\nconnection: (\S+)/gi)].map((answer) => answer.slice(1));
  }

  it.each([
    ['an order', numbered(1)],
    ['another request', get],
  ])('takes %s no more where it has closed its side, and does not wait for it', async (_what, text) => {
    const { socket } = await meet(true);
    const answers = follow(socket);
    const closed = api.server.close();
    socket.write(text);
    await closed;
    expect([answers(), api.groups, byFastify]).toEqual([[], [], 0]);
  });

  it.each([
    ['the rest of an order', numbered(2)],
    ['the rest of another request', get],
  ])('reads %s no more once it has said that it closes', async (_what, text) => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const { socket } = await meet(true);
    const answers = follow(socket);
    socket.write(numbered(1) + text.slice(0, 50));
    while (api.groups.length === 0) await new Promise(setImmediate);
    const closed = api.server.close();
    await new Promise(setImmediate);
    stored.resolve(1);
    await once(socket, 'data');
    socket.write(text.slice(50));
    await closed;
    expect(answers()).toEqual([['201', 'close']]);
    expect(api.groups.flat()).toHaveLength(1);
    expect(byFastify).toBe(0);
  });

  it('says so with the last answer only, whichever is known first', async () => {
    const stored = Promise.withResolvers<number>();
    api.situation.publish = () => stored.promise;
    const { socket, peer } = await meet();
    const answers = follow(socket);
    socket.write(numbered(1));
    while (api.groups.length === 0) await new Promise(setImmediate);
    const closed = api.server.close();
    api.situation.refusal = new ProblemError(503, 'not-ready', 'not ready: brokers');
    // One after the other: each is the last when its answer is known.
    for (const n of [2, 3]) {
      const before = peer.bytesRead;
      socket.write(numbered(n));
      while (peer.bytesRead === before) await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    stored.resolve(1);
    await closed;
    expect(answers()).toEqual([
      ['201', 'keep-alive'],
      ['503', 'keep-alive'],
      ['503', 'close'],
    ]);
  });
});

describe('who is too slow', () => {
  beforeEach(async () => {
    await api.server.close();
    api = createApi({ httpLimits: { headersMs: 300, requestMs: 600 } });
    port = await listen(api.server, { host: '127.0.0.1', port: 0 });
  });

  it('is told so, though there is a little more of the request each time', async () => {
    const socket = open();
    const closed = once(socket, 'close');
    const got = collect(socket);
    const text = headOf({ 'content-length': '9000' });
    socket.write(text);
    const trickle = setInterval(() => socket.write(' '), 50);
    await closed;
    clearInterval(trickle);
    expect(got()).toMatch(/^HTTP\/1\.1 408 /);
    expect(api.groups).toEqual([]);
  });

  it('is parted with when nothing comes at all', async () => {
    const { socket } = await meet();
    socket.resume();
    await once(socket, 'close');
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
