import { request as sendRequest } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { metrics } from '../../../observability/names/metrics.ts';
import { digestOfKey, newClientKey } from '../../../topology/derive/client-keys.ts';
import { listen } from '../../runtime/index.ts';
import { type Api, createApi } from '../fixtures/api.ts';
import type { OrderView } from '../projection.ts';
import { type ClientBook, createClientBook } from './client-book.ts';
import { createGuard, type GuardRefusal } from './guard.ts';

const keys = {
  daily: newClientKey(),
  shop: newClientKey(),
  other: newClientKey(),
  modest: newClientKey(),
  next: newClientKey(),
};
const body = { customer_id: 'customer-1', amount_minor: 1_250, currency: 'EUR' };
const shop = { id: 'shop', keys: [digestOfKey(keys.shop)] };
const other = { id: 'other', keys: [digestOfKey(keys.other)] };
const modest = { id: 'modest', keys: [digestOfKey(keys.modest)], ordersPerSecond: 2, burst: 4 };

const daily = { id: 'daily', keys: [digestOfKey(keys.daily)], ordersPerDay: 3 };

/** What the tests look at of a body. */
type Answer = { readonly type?: string; readonly order_id?: string; readonly results?: readonly object[] };

let api: Api;
let book: ClientBook;
let nowMs = 0;
let refused: GuardRefusal[] = [];

afterEach(() => api.server.close());

/** @returns sends over a connection, as clients do: who comes to the door is refused before fastify knows */
async function start() {
  book = createClientBook({ clients: [shop, other, modest, daily] });
  nowMs = 0;
  refused = [];
  const used = new Map<string, number>();
  const usage = {
    used: (client: string) => used.get(client) ?? 0,
    add: (client: string) => used.set(client, (used.get(client) ?? 0) + 1),
    secondsLeft: () => 3_600,
  };
  const guard = createGuard({ usage, book, nowMs: () => nowMs, onRefused: (why) => refused.push(why) });
  api = createApi({ guard });
  const port = await listen(api.server, { host: '127.0.0.1', port: 0 });
  return async (
    path: string,
    key: string | undefined,
    sent?: object,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: sent === undefined ? 'GET' : 'POST',
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(sent === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': 'key-1' }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer };
  };
}

const id = '0'.repeat(32);
const batch = (count: number) => ({
  orders: Array.from({ length: count }, (_, n) => ({ idempotency_key: `key-${n}`, ...body })),
});

describe('a request without the key of a client', () => {
  it.each([
    ['an order', '/v1/orders', body],
    ['a batch', '/v1/orders/batch', batch(2)],
    ['a read', `/v1/orders/${id}`, undefined],
  ])('is not let in: %s', async (_what, path, sent) => {
    const send = await start();
    const [none, wrong] = [await send(path, undefined, sent), await send(path, newClientKey(), sent)];
    expect([none.status, none.body.type, none.headers.get('www-authenticate')]).toEqual([
      401,
      'urn:stormproof:problem:no-credentials',
      'Bearer realm="orders"',
    ]);
    expect([wrong.status, wrong.body.type, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      'urn:stormproof:problem:unknown-credentials',
      'Bearer realm="orders", error="invalid_token"',
    ]);
    expect(refused).toEqual(['no-credentials', 'unknown-credentials']);
    expect(api.groups).toEqual([]);
  });

  it.each([
    ['Basic c2hvcDpwYXNz'],
    ['Bearer'],
    ['Bearer '],
    [`Bearer ${digestOfKey(keys.shop)}`],
    [`Bearer ${keys.shop}x`],
    [`Bearer ${keys.shop.slice(0, -1)}`],
    [keys.shop],
    ['Bearer __proto__'],
  ])('is not let in with %s', async (authorization) => {
    const send = await start();
    const { status } = await send('/v1/orders', undefined, body, { authorization });
    expect(status).toBe(401);
  });

  it('is answered as a request that was wrong, which is no event of an SLO', async () => {
    const send = await start();
    await send('/v1/orders', undefined, body);
    const points = await api.dataPoints(metrics.orderAnswers.name);
    expect(points.filter(({ value }) => value !== 0)).toMatchObject([
      { attributes: { result: 'rejected' }, value: 1 },
    ]);
  });

  it('may still read what the API is', async () => {
    const send = await start();
    expect((await send('/openapi.json', undefined)).status).toBe(200);
  });
});

describe('a client', () => {
  it('is who its key says; it need not say so, and must not say anything else', async () => {
    const send = await start();
    expect((await send('/v1/orders', keys.shop, body)).status).toBe(201);
    expect((await send('/v1/orders', keys.shop, body, { 'x-client-id': 'shop' })).status).toBe(201);
    const claimed = await send('/v1/orders', keys.shop, body, { 'x-client-id': 'other' });
    expect([claimed.status, claimed.body.type]).toEqual([403, 'urn:stormproof:problem:other-client']);
    expect(api.groups.flat().map(({ clientId }) => clientId)).toEqual(['shop']);
  });

  it('has idempotency keys of its own, by either route', async () => {
    const send = await start();
    const mine = await send('/v1/orders', keys.shop, body);
    const theirs = await send('/v1/orders', keys.other, { ...body, amount_minor: 1 });
    const together = await send('/v1/orders/batch', keys.other, {
      orders: [{ idempotency_key: 'key-1', ...body, amount_minor: 1 }],
    });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs.body.order_id).not.toBe(mine.body.order_id);
    expect(together.body.results).toMatchObject([{ order_id: theirs.body.order_id, replayed: true }]);
    expect(new Set(api.groups.flat().map(({ chargeKey }) => chargeKey)).size).toBe(2);
  });

  it('cannot tell the order of another one from one that does not exist', async () => {
    const send = await start();
    api.orders.set(id, { ...storedOrder, orderId: id, clientId: 'shop' });
    const mine = await send(`/v1/orders/${id}`, keys.shop);
    const [theirs, unknown] = [
      await send(`/v1/orders/${id}`, keys.other),
      await send(`/v1/orders/${'1'.repeat(32)}`, keys.other),
    ];
    expect([mine.status, mine.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect([theirs.status, theirs.body]).toEqual([404, unknown.body]);
    const fields = (headers: Headers) => [...headers].filter(([name]) => name !== 'date');
    expect(fields(theirs.headers)).toEqual(fields(unknown.headers));
    expect(theirs.headers.get('cache-control')).toBe('no-store');
  });

  it('changes from one key to the next without a gap, and the first is worth nothing then', async () => {
    const send = await start();
    const tries = async () => [
      (await send('/v1/orders', keys.shop, body)).status,
      (await send('/v1/orders', keys.next, body)).status,
    ];
    expect(await tries()).toEqual([201, 401]);
    book.replace({ clients: [{ id: 'shop', keys: [digestOfKey(keys.shop), digestOfKey(keys.next)] }] });
    expect(await tries()).toEqual([201, 201]);
    book.replace({ clients: [{ id: 'shop', keys: [digestOfKey(keys.next)] }] });
    expect(await tries()).toEqual([401, 201]);
  });
});

describe('a client that sends more than it may', () => {
  it('is told when to come again; others notice nothing', async () => {
    const send = await start();
    const statuses: number[] = [];
    for (let n = 0; n < 20; n++) {
      statuses.push((await send('/v1/orders', keys.modest, body)).status);
      expect((await send('/v1/orders', keys.shop, body)).status).toBe(201);
    }
    expect(statuses).toEqual([201, 201, 201, 201, ...Array.from({ length: 16 }, () => 429)]);
    const refusal = await send('/v1/orders', keys.modest, body);
    expect(Object.fromEntries(refusal.headers)).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': '"orders";q=4;w=2',
      ratelimit: '"orders";r=0;t=1',
      'content-type': 'application/problem+json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    expect(refusal.body).toMatchObject({ status: 429, type: 'urn:stormproof:problem:rate-limit' });
    nowMs += 500;
    expect((await send('/v1/orders', keys.modest, body)).status).toBe(201);
    expect(refused).toEqual(Array.from({ length: 17 }, () => 'rate-limit'));
  });

  it('is held to the number of orders, not of batches, and may read besides', async () => {
    const send = await start();
    expect((await send('/v1/orders/batch', keys.modest, batch(3))).status).toBe(207);
    expect((await send('/v1/orders/batch', keys.modest, batch(2))).status).toBe(429);
    expect((await send('/v1/orders/batch', keys.modest, batch(1))).status).toBe(207);
    const reads: number[] = [];
    for (let n = 0; n < 5; n++) reads.push((await send(`/v1/orders/${id}`, keys.modest)).status);
    expect(reads).toEqual([404, 404, 404, 404, 429]);
  });

  it('does not get a new allowance by a new clients file', async () => {
    const send = await start();
    for (let n = 0; n < 4; n++) await send('/v1/orders', keys.modest, body);
    book.replace({ clients: [{ ...modest, keys: [digestOfKey(keys.next)] }] });
    expect((await send('/v1/orders', keys.next, body)).status).toBe(429);
  });

  it('has a quota of orders that were accepted: neither what was wrong counts, nor what was sent again', async () => {
    const send = await start();
    const place = async (key: string, amount = 1) =>
      (await send('/v1/orders', keys.daily, { ...body, amount_minor: amount }, { 'idempotency-key': key }))
        .status;
    expect([await place('a'), await place('a'), await place('b', 0), await place('b')]).toEqual([
      201, 201, 422, 201,
    ]);
    expect((await send('/v1/orders/batch', keys.daily, batch(2))).status).toBe(429);
    expect(await place('c')).toBe(201);
    const refusal = await send('/v1/orders', keys.daily, body);
    expect([refusal.status, refusal.body.type]).toEqual([429, 'urn:stormproof:problem:quota']);
    expect(Object.fromEntries(refusal.headers)).toMatchObject({
      'retry-after': '3600',
      'ratelimit-policy': '"day";q=3;w=86400',
      ratelimit: '"day";r=0;t=3600',
    });
    expect((await send(`/v1/orders/${id}`, keys.daily)).status).toBe(404);
    expect(refused).toEqual(['quota', 'quota']);
  });

  it('is refused before its body is read', async () => {
    await start();
    const { port } = api.server.server.address() as { port: number };
    const answers: string[] = [];
    for (let n = 0; n < 5; n++) {
      const request = sendRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/orders' });
      request.setHeader('authorization', `Bearer ${keys.modest}`);
      request.setHeader('content-length', '100');
      request.on('error', () => undefined);
      request.flushHeaders();
      if (n < 4) request.end(' '.repeat(100));
      const answer = await new Promise<import('node:http').IncomingMessage>((done) =>
        request.once('response', done),
      );
      answers.push(`${answer.statusCode} ${(await textOf(answer)).slice(0, 40)}`);
      request.destroy();
    }
    expect(answers.at(-1)).toContain('429 {"type":"urn:stormproof:problem:rate-lim');
  });
});

const storedOrder: OrderView = {
  ...{ orderId: id, clientId: 'shop', customerId: 'customer-1', amountMinor: 1, currency: 'EUR' },
  ...{ state: 'accepted', reason: '', chargeId: '', position: 1 },
};
