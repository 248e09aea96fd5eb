import { randomBytes } from 'node:crypto';
import { truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TerminalState } from '../../proto/gen/orders/v1/orders_pb.js';
import { ensureTools } from '../../tools/index.ts';
import { until } from '../runtime/fixtures/processes.ts';
import {
  type Fixture,
  orderBody,
  type RunningOrder,
  readProjection,
  send,
  startFixture,
} from './fixtures/platform.ts';

type Accepted = { readonly order_id: string; readonly position: number };

async function accepted(answer: Promise<Response>): Promise<Accepted & { readonly isReplay: boolean }> {
  const response = await answer;
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  const body = (await response.json()) as Accepted;
  return { ...body, isReplay: response.headers.get('idempotency-replayed') === 'true' };
}

async function natsServer(): Promise<string> {
  return (await ensureTools(['nats-server'], { env: process.env }))['nats-server'];
}

describe('the API', () => {
  let fixture: Fixture;
  let order: RunningOrder;
  let others = 0;
  const newKey = () => `key-${others++}`;

  beforeAll(async () => {
    fixture = await startFixture(await natsServer());
    order = await fixture.startOrder();
  });
  afterAll(() => fixture.stop());

  it('stores an order before its 201, and lets its client read what it wrote', async () => {
    const key = newKey();
    const response = await send(order, { key, client: 'shop', headers: { 'x-stormproof-run': 'run-1' } });
    expect(response.status).toBe(201);
    const body = (await response.json()) as Accepted;
    const stored = (await fixture.storedOrders()).filter((each) => each.order.idempotencyKey === key);
    expect(stored).toMatchObject([
      {
        position: body.position,
        order: {
          orderId: body.order_id,
          clientId: 'shop',
          customerId: 'customer-1',
          amountMinor: 1_250n,
          totalAmount: 12.5,
          currency: 'EUR',
          runId: 'run-1',
        },
      },
    ]);
    const location = `${order.http}${response.headers.get('location')}`;
    const read = await fetch(location, { headers: { 'x-client-id': 'shop' } });
    expect(await read.json()).toEqual({
      order_id: body.order_id,
      ...orderBody,
      status: 'accepted',
      position: body.position,
    });
    expect((await fetch(location, { headers: { 'x-client-id': 'rival' } })).status).toBe(404);
    expect((await fetch(location)).status).toBe(404);
    expect(await readProjection(order, 'run-1')).toEqual([
      { order_id: body.order_id, amount_minor: 1_250, currency: 'EUR', state: 'accepted' },
    ]);
    expect(await readProjection(order, 'no-such-run')).toEqual([]);
  });

  it('shows how an order ended', async () => {
    const { order_id: orderId, position } = await accepted(send(order, { key: newKey() }));
    const location = `${order.http}/v1/orders/${orderId}?position=${position}`;
    await fixture.storeOutcomes([
      { orderId, status: 'charged', terminalState: TerminalState.CHARGED, chargeId: 'ch_1' },
    ]);
    const settled = await until('the outcome', async () => {
      const view = (await (await fetch(location)).json()) as { status: string };
      return view.status === 'accepted' ? undefined : view;
    });
    expect(settled).toMatchObject({ status: 'charged', charge_id: 'ch_1' });
  });

  it('gives the first answer again to a repeat, and stores it once', async () => {
    const key = newKey();
    const first = await accepted(send(order, { key }));
    const again = await accepted(send(order, { key }));
    expect(again).toEqual({ ...first, isReplay: true });
    const stored = (await fixture.storedOrders()).filter((each) => each.order.idempotencyKey === key);
    expect(stored).toHaveLength(1);
  });

  it('lets repeats wait for the first one that is in flight', async () => {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 10 }, () => accepted(send(order, { key }))));
    expect(new Set(answers.map(({ order_id, position }) => `${order_id} ${position}`)).size).toBe(1);
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    const stored = (await fixture.storedOrders()).filter((each) => each.order.idempotencyKey === key);
    expect(stored).toHaveLength(1);
  });

  it('keeps the keys of different clients apart', async () => {
    const key = newKey();
    const one = await accepted(send(order, { key, client: 'one' }));
    const two = await accepted(send(order, { key, client: 'two' }));
    expect(two.isReplay).toBe(false);
    expect(two.order_id).not.toBe(one.order_id);
  });

  it('refuses another body under a known key', async () => {
    const key = newKey();
    await accepted(send(order, { key }));
    const response = await send(order, { key, body: { ...orderBody, amount_minor: 1 } });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ type: 'urn:stormproof:problem:idempotency-key-reused' });
  });

  it('continues the trace of its client in the stored order', async () => {
    const key = newKey();
    const traceId = randomBytes(16).toString('hex');
    await accepted(send(order, { key, headers: { traceparent: `00-${traceId}-${'1'.repeat(16)}-01` } }));
    const [stored] = (await fixture.storedOrders()).filter((each) => each.order.idempotencyKey === key);
    expect(stored?.order.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  });

  const json = (changes: object) => JSON.stringify({ ...orderBody, ...changes });
  it.each([
    ['JSON that is cut short', '{"customer_id":', {}, 400],
    ['no JSON at all', randomBytes(64).toString('latin1'), {}, 400],
    ['an empty body', '', {}, 400],
    ['a polluted prototype', '{"__proto__":{"admin":true}}', {}, 400],
    ['an array', '[]', {}, 422],
    ['null', 'null', {}, 422],
    ['a deeply nested body', '['.repeat(5_000) + ']'.repeat(5_000), {}, 422],
    ['a huge body', json({ customer_id: 'x'.repeat(100_000) }), {}, 413],
    ['another content type', 'customer_id=1', { 'content-type': 'text/plain' }, 415],
    ['a missing member', '{"customer_id":"c"}', {}, 422],
    ['a further member', json({ note: 'please' }), {}, 422],
    ['an amount that is a text', json({ amount_minor: '1' }), {}, 422],
    ['a negative amount', json({ amount_minor: -1 }), {}, 422],
    ['nothing to pay', json({ amount_minor: 0 }), {}, 422],
    ['a fractional amount', json({ amount_minor: 10.5 }), {}, 422],
    ['an amount beyond all orders', json({ amount_minor: 1e12 + 1 }), {}, 422],
    ['an amount beyond all numbers', '{"customer_id":"c","amount_minor":1e999,"currency":"EUR"}', {}, 422],
    ['an unknown currency', json({ currency: 'XYZ' }), {}, 422],
    ['a currency in lower case', json({ currency: 'eur' }), {}, 422],
    ['no customer', json({ customer_id: '' }), {}, 422],
    ['a customer of 65 characters', json({ customer_id: 'c'.repeat(65) }), {}, 422],
    ['a customer with a control character', json({ customer_id: 'a\u0000b' }), {}, 422],
    [
      'a customer that is half a character',
      '{"customer_id":"\\ud800","amount_minor":1,"currency":"EUR"}',
      {},
      422,
    ],
    ['an empty key', json({}), { 'idempotency-key': '' }, 400],
    ['a key with a space', json({}), { 'idempotency-key': 'a b' }, 400],
    ['a key that is too long', json({}), { 'idempotency-key': 'k'.repeat(129) }, 400],
    ['a client that is no name', json({}), { 'x-client-id': 'a/b' }, 400],
    ['a run that is no name', json({}), { 'x-stormproof-run': 'a b' }, 400],
  ])('answers %s with what is wrong', async (_what, body, headers, status) => {
    const response = await send(order, { key: newKey(), body, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
  });

  it.each([
    ['POST', '/v1/orders', 422],
    ['GET', '/v1/orders/not-an-id', 400],
    ['GET', `/v1/orders/${'0'.repeat(32)}`, 404],
    ['GET', `/v1/orders/${'0'.repeat(32)}?position=-1`, 400],
    ['GET', '/v1/orders/%E0%A4%A', 400],
    ['DELETE', '/v1/orders', 404],
    ['GET', '/../../etc/passwd', 404],
  ])('answers %s %s with a problem', async (method, path, status) => {
    const response = await fetch(`${order.http}${path}`, {
      method,
      headers: { 'idempotency-key': newKey() },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
  });

  it('answers what is no HTTP and serves on', async () => {
    const port = Number(new URL(order.http).port);
    const sendBytes = (bytes: Buffer) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
        let answer = '';
        socket.on('data', (data) => {
          answer += data.toString('latin1');
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(answer));
      });
    for (let seed = 0; seed < 30; seed++) {
      const answer = await sendBytes(randomBytes(200));
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1.1 4\d\d [\s\S]*application\/problem\+json/);
    }
    await accepted(send(order, { key: newKey() }));
  });

  it('lets nobody hold a connection by sending slowly', async () => {
    const port = Number(new URL(order.http).port);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () =>
        socket.write('POST /v1/orders HTTP/1.1\r\nhost: a\r\n'),
      );
      const drip = setInterval(() => socket.writable && socket.write('x-slow: 1\r\n'), 500);
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        clearInterval(drip);
        resolve(text);
      });
    });
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*application\/problem\+json/);
  });

  it('describes itself', async () => {
    const document = (await (await fetch(`${order.http}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>;
    };
    expect(document.openapi).toMatch(/^3\.1\./);
    const responses = document.paths['/v1/orders']?.post?.responses ?? {};
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['201', '400', '413', '415', '422', '503', '504']),
    );
    for (const status of ['503', '504']) {
      expect(Object.keys(responses[status]?.content ?? {})).toEqual(['application/problem+json']);
    }
  });
});

describe('the service', () => {
  let fixture: Fixture;

  beforeEach(async () => {
    fixture = await startFixture(await natsServer());
  });
  afterEach(() => fixture.stop());

  it('answers 503 or 504 while the broker is down, loses nothing it accepted, and recovers', async () => {
    const order = await fixture.startOrder();
    const answers = new Map<string, number>();
    const attempt = async (key: string) => {
      const response = await send(order, { key });
      await response.arrayBuffer();
      answers.set(key, response.status);
      return response;
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => attempt(`before-${n}`)));
    const during = Array.from({ length: 50 }, (_, n) => attempt(`during-${n}`));
    await fixture.killBroker();
    await Promise.all(during);
    await until('a refusal', async () => {
      const response = await attempt('down');
      if (response.status !== 503) return undefined;
      expect(response.headers.get('retry-after')).toMatch(/^([1-9]|10)$/);
      return true;
    });
    expect((await fetch(`${order.admin}/readyz`)).status).toBe(503);
    await fixture.startBroker();
    await until('recovery', async () => ((await attempt('after')).status === 201 ? true : undefined));

    expect([...answers.values()].filter((status) => ![201, 503, 504].includes(status))).toEqual([]);
    const stored = new Set((await fixture.storedOrders()).map((each) => each.order.idempotencyKey));
    for (const [key, status] of answers) if (status === 201) expect(stored).toContain(key);
  });

  it('refuses early while a stream is nearly full', async () => {
    // What fits between the mark and the end is far more than is sent between two looks at the stream.
    await fixture.createStreams(1_024 * 1_024);
    const order = await fixture.startOrder({ environment: { STORMPROOF_STREAM_FILL_MAX: '0.01' } });
    let sent = 0;
    const refusal = await until('a refusal', async () => {
      const response = await send(order, { key: `k-${sent++}` });
      const body = (await response.json()) as { type?: string };
      return response.status === 201 ? undefined : { status: response.status, ...body };
    });
    expect(refusal).toMatchObject({ status: 503, type: 'urn:stormproof:problem:stream-nearly-full' });
    expect(await accepted(send(order, { key: 'k-0' }))).toMatchObject({ isReplay: true });
    expect(await fixture.storedOrders()).toHaveLength(sent - 1);
  });

  it('resumes its projection after it was killed', async () => {
    const first = await fixture.startOrder();
    const sent = await accepted(send(first, { key: 'a', headers: { 'x-stormproof-run': 'r' } }));
    await first.end('SIGKILL');
    const second = await fixture.startOrder();
    expect(await readProjection(second, 'r')).toMatchObject([{ order_id: sent.order_id, state: 'accepted' }]);
    expect(await accepted(send(second, { key: 'a' }))).toMatchObject({
      isReplay: true,
      position: sent.position,
    });
    expect(second.output()).not.toContain('rebuilt');
  });

  it('rebuilds a projection that is corrupt', async () => {
    const first = await fixture.startOrder();
    const sent = await accepted(send(first, { key: 'a' }));
    await first.end('SIGTERM');
    const path = join(fixture.dataDir, 'projection', 'projection.sqlite');
    await truncate(path, 0);
    await writeFile(path, randomBytes(20_000));
    const second = await fixture.startOrder();
    expect(second.output()).toContain('rebuilt');
    expect(await accepted(send(second, { key: 'a' }))).toMatchObject({
      isReplay: true,
      position: sent.position,
    });
  });

  it('starts its projection anew when the streams were made anew', async () => {
    const first = await fixture.startOrder();
    await accepted(send(first, { key: 'a' }));
    await first.end('SIGTERM');
    await fixture.createStreams();
    const second = await fixture.startOrder();
    expect(await readProjection(second)).toEqual([]);
    expect(await accepted(send(second, { key: 'a' }))).toMatchObject({ isReplay: false, position: 1 });
  });

  it('begins anew while it runs when the streams were made anew', async () => {
    const order = await fixture.startOrder();
    await accepted(send(order, { key: 'a' }));
    await accepted(send(order, { key: 'b' }));
    await fixture.createStreams();
    await until('an empty projection', async () =>
      (await readProjection(order)).length === 0 ? true : undefined,
    );
    const sent = await until('readiness', async () => {
      const response = await send(order, { key: 'a' });
      return response.status === 201 ? ((await response.json()) as Accepted) : undefined;
    });
    const read = await fetch(`${order.http}/v1/orders/${sent.order_id}?position=${sent.position}`);
    expect([read.status, sent.position]).toEqual([200, 1]);
  });

  it('ends in time on SIGTERM while the broker is down', async () => {
    const order = await fixture.startOrder();
    await fixture.killBroker();
    await until('its notice', async () => ((await fetch(`${order.admin}/readyz`)).ok ? undefined : true));
    expect(await order.end('SIGTERM')).toBe(0);
  });

  it('loses no accepted order on SIGTERM under load, and refuses only what may be sent again', async () => {
    const order = await fixture.startOrder();
    const acceptedKeys: string[] = [];
    const refused: string[] = [];
    let isOver = false;
    const client = async (name: string) => {
      for (let n = 0; !isOver; n++) {
        const key = `${name}-${n}`;
        try {
          const response = await send(order, { key });
          await response.arrayBuffer();
          if (response.status === 201) acceptedKeys.push(key);
          else refused.push(`${response.status} ${response.headers.get('retry-after')}`);
        } catch {
          // The connection is closed: nothing listens any more.
          return;
        }
      }
    };
    const clients = Array.from({ length: 20 }, (_, n) => client(`client-${n}`));
    await until('load', () => (acceptedKeys.length > 500 ? true : undefined));
    expect(await order.end('SIGTERM')).toBe(0);
    isOver = true;
    await Promise.all(clients);
    expect(refused.filter((answer) => answer !== '503 1')).toEqual([]);
    const stored = new Set((await fixture.storedOrders()).map((each) => each.order.idempotencyKey));
    expect(acceptedKeys.filter((key) => !stored.has(key))).toEqual([]);
  });

  it('says everything that is wrong with its configuration', async () => {
    const order = await fixture.startOrder({
      environment: { STORMPROOF_NATS_URL: 'http://a', STORMPROOF_SAMPLE_RATIO: '2' },
      isReady: false,
    });
    await until('its complaint', () =>
      order.output().includes('STORMPROOF_SAMPLE_RATIO') ? true : undefined,
    );
    expect(order.output()).toContain('STORMPROOF_NATS_URL');
  });
});
