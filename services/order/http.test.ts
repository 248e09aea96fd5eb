import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { metrics } from '../../observability/names/metrics.ts';
import { listen } from '../runtime/index.ts';
import { type Api, createApi } from './fixtures/api.ts';
import { batchBodyBytesMax } from './schemas.ts';

/** What only connections show: clients that are slow, go away, or meet a service that shuts down. */

const body = { customer_id: 'customer-1', amount_minor: 1_250, currency: 'EUR' };
const ordersOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ idempotency_key: `key-${n}`, ...body }));
const batchOf = (count: number) => JSON.stringify({ orders: ordersOf(count) });

let api: Api;
let port: number;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.server.close();
});

async function start(options?: Parameters<typeof createApi>[0]): Promise<void> {
  api = createApi(options);
  port = await listen(api.server, { host: '127.0.0.1', port: 0 });
}

function open(): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

function head(path: string, length: number, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${headers}content-length: ${length}\r\n\r\n`;
}

/** Everything that comes until the service closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString();
  });
  await once(socket, 'close');
  return text;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}

async function counted(result: string): Promise<number | undefined> {
  const points = await api.dataPoints(metrics.orderAnswers.name);
  return points.find(({ attributes }) => (attributes as { result: string }).result === result)
    ?.value as number;
}

/** Requests of which the service has read the head, from now on. */
function countRequests(): () => number {
  let requests = 0;
  api.server.server.on('request', () => requests++);
  return () => requests;
}

describe('an order that comes when its turn of the event loop is spent', () => {
  it('is refused before its body is read, may be sent again, and is counted', async () => {
    let isSpent = true;
    await start({ turn: { isSpent: () => isSpent } });
    const socket = open();
    const order = JSON.stringify(body);
    const request = `${head('/v1/orders', order.length, 'idempotency-key: key-1\r\n')}${order}`;
    const answers: string[] = [];
    socket.on('data', (part: Buffer) => answers.push(part.toString()));
    socket.write(request);
    await until(() => answers.length === 1);
    expect(answers[0]).toMatch(
      /^HTTP\/1.1 503 .*retry-after: 7\r\n.*"urn:stormproof:problem:too-many-waiting"/s,
    );
    expect(api.groups).toEqual([]);
    isSpent = false;
    socket.write(request);
    await until(() => answers.length === 2);
    expect(answers[1]).toMatch(/^HTTP\/1.1 201 /);
    expect([await counted('refused'), await counted('accepted')]).toEqual([1, 1]);
  });
});

describe('batches that are being read', () => {
  it('are as many as there is memory for; the next is refused before it is read', async () => {
    await start();
    const requests = countRequests();
    const halves = Array.from({ length: 64 }, () => {
      const socket = open();
      socket.write(`${head('/v1/orders/batch', batchBodyBytesMax)}{"orders":`);
      return socket;
    });
    await until(() => requests() === 64);
    const socket = open();
    // Not a byte of its body is sent.
    socket.write(head('/v1/orders/batch', batchOf(3).length));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 .*retry-after: 7\r\n.*:too-many-waiting"/s);
    expect(await counted('refused')).toBe(1);
    // Single orders are small, and need no such room.
    const alone = await api.server.inject({
      method: 'POST',
      url: '/v1/orders',
      headers: { 'idempotency-key': 'alone' },
      payload: body,
    });
    expect(alone.statusCode).toBe(201);
    halves[0]?.destroy();
    await until(async () => (await sendBatch()) === 207);
  });

  it.each([
    ['cannot be parsed', '{'.padEnd(batchBodyBytesMax), 'application/json', 400],
    ['are of another type', ' '.repeat(batchBodyBytesMax), 'text/plain', 415],
    ['are too large', ' '.repeat(batchBodyBytesMax + 1), 'application/json', 413],
    ['are no batch', '{}'.padEnd(batchBodyBytesMax), 'application/json', 422],
  ])('leave room when they %s', async (_how, payload, type, status) => {
    await start();
    for (let n = 0; n < 65; n++) {
      const headers = { 'content-type': type };
      const answer = await api.server.inject({ method: 'POST', url: '/v1/orders/batch', headers, payload });
      expect(answer.statusCode).toBe(status);
    }
    expect(await sendBatch()).toBe(207);
  });

  it('are not handed in when their sender was too slow, even if the rest follows', async () => {
    await start({ httpLimits: { requestMs: 600, headersMs: 300 } });
    const accepted = once(api.server.server, 'connection') as Promise<[Socket]>;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    sockets.push(socket);
    const text = batchOf(2);
    socket.write(head('/v1/orders/batch', text.length) + text.slice(0, 40));
    const [refusal] = (await once(socket, 'data')) as [Buffer];
    expect(refusal.toString()).toMatch(/^HTTP\/1.1 408 /);
    socket.write(text.slice(40));
    await once((await accepted)[0], 'close');
    expect(api.groups).toEqual([]);
  });
});

async function sendBatch(): Promise<number> {
  const payload = batchOf(1);
  const headers = { 'content-type': 'application/json' };
  const answer = await api.server.inject({ method: 'POST', url: '/v1/orders/batch', headers, payload });
  return answer.statusCode;
}

describe('a client that goes away', () => {
  it.each([
    ['/v1/orders', JSON.stringify(body), 'idempotency-key: key\r\n', 1],
    ['/v1/orders/batch', batchOf(3), '', 3],
  ])('is measured all the same: %s', async (path, text, headers, orders) => {
    await start();
    const ack = Promise.withResolvers<number>();
    api.situation.publish = () => ack.promise;
    const accepted = once(api.server.server, 'connection') as Promise<[Socket]>;
    const socket = open();
    socket.write(head(path, text.length, headers) + text);
    await until(() => api.groups.length === 1);
    socket.destroy();
    await once((await accepted)[0], 'close');
    ack.resolve(1);
    await until(async () => (await counted('accepted')) === orders);
    const [durations] = await api.dataPoints(metrics.acceptDuration.name);
    expect(durations?.value).toMatchObject({ count: orders });
  });
});

describe('a service that shuts down', () => {
  it('refuses a batch of which half was there, and says that the connection ends', async () => {
    await start();
    const requests = countRequests();
    const text = batchOf(2);
    const socket = open();
    socket.write(head('/v1/orders/batch', text.length) + text.slice(0, 40));
    await until(() => requests() === 1);
    api.situation.isClosing = true;
    const answer = readAll(socket);
    const closed = api.server.close();
    socket.write(text.slice(40));
    expect(await answer).toMatch(/^HTTP\/1.1 503 .*connection: close\r\n.*:shutting-down"/s);
    await closed;
    expect(api.groups).toEqual([]);
    expect(await counted('refused')).toBe(2);
  });

  it('answers a batch that is in flight, order by order', async () => {
    await start();
    const ack = Promise.withResolvers<number>();
    api.situation.publish = () => ack.promise;
    const text = batchOf(2);
    const socket = open();
    const answer = readAll(socket);
    socket.write(head('/v1/orders/batch', text.length) + text);
    await until(() => api.groups.length === 1);
    api.situation.isClosing = true;
    const closed = api.server.close();
    await new Promise(setImmediate);
    ack.resolve(4);
    const received = await answer;
    expect(received).toMatch(/^HTTP\/1.1 207 .*connection: close\r\n/s);
    expect(received.match(/"status":201/g)).toHaveLength(2);
    await closed;
  });
});
