import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { metrics } from '../../observability/names/metrics.ts';
import { ensureTools } from '../../tools/index.ts';
import { until } from '../runtime/fixtures/processes.ts';
import {
  type Fixture,
  orderBody,
  type RunningOrder,
  readProjection,
  send,
  sendBatch,
  startFixture,
} from './fixtures/platform.ts';

type Result = {
  readonly status: number;
  readonly order_id: string;
  readonly position: number;
  readonly replayed: boolean;
  readonly code: string;
  readonly retry_after_seconds?: number;
};

/** Orders whose keys begin with a name. */
const ordersOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ idempotency_key: `${name}-${n}`, ...orderBody }));

async function resultsOf(answer: Promise<Response>): Promise<readonly Result[]> {
  const response = await answer;
  if (response.status !== 207) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as { results: Result[] }).results;
}

/** A metric as the service itself reads it; undefined when it has none with those attributes. */
async function readingOf(
  order: RunningOrder,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const readings = (await (await fetch(`${order.admin}/admin/readings`)).json()) as {
    metric: string;
    attributes: Record<string, string>;
    value: number;
  }[];
  return readings.find(
    (reading) =>
      reading.metric === name &&
      Object.entries(attributes).every(([key, value]) => reading.attributes[key] === value),
  )?.value;
}

async function natsServer(): Promise<string> {
  return (await ensureTools(['nats-server'], { env: process.env }))['nats-server'];
}

describe('a batch', () => {
  let fixture: Fixture;
  let order: RunningOrder;

  beforeAll(async () => {
    fixture = await startFixture(await natsServer());
    order = await fixture.startOrder();
  });
  afterAll(() => fixture.stop());

  const storedOf = async (name: string) =>
    (await fixture.storedOrders()).filter((each) => each.order.idempotencyKey.startsWith(`${name}-`));

  it('stores a hundred orders before they are answered, and lets their client read each of them', async () => {
    const headers = { 'x-client-id': 'shop', 'x-stormproof-run': 'run-1' };
    const results = await resultsOf(sendBatch(order, ordersOf('hundred', 100), headers));
    const stored = await storedOf('hundred');
    expect(results).toEqual(
      stored.map(({ order: { orderId }, position }) => ({
        status: 201,
        order_id: orderId,
        position,
        replayed: false,
      })),
    );
    expect(stored).toHaveLength(100);
    expect(stored.map((each) => each.order.idempotencyKey)).toEqual(
      ordersOf('hundred', 100).map((each) => each.idempotency_key),
    );
    expect(new Set(stored.map((each) => `${each.order.clientId} ${each.order.runId}`))).toEqual(
      new Set(['shop run-1']),
    );
    // Group commit: not a message for each order.
    expect(new Set(stored.map(({ position }) => position)).size).toBeLessThan(10);
    for (const { order_id: id, position } of [results[0], results[99]] as Result[]) {
      const location = `${order.http}/v1/orders/${id}?position=${position}`;
      expect(await (await fetch(location, { headers })).json()).toMatchObject({ order_id: id, ...orderBody });
      expect((await fetch(location)).status).toBe(404);
    }
    expect(await readProjection(order, 'run-1')).toHaveLength(100);
  });

  it('answers new, known, contradicted and wrong orders side by side', async () => {
    const [known, fresh, other] = ordersOf('mixed', 3);
    const [first] = await resultsOf(sendBatch(order, [known]));
    const results = await resultsOf(
      sendBatch(order, [
        { ...known, amount_minor: 1 },
        known,
        { ...fresh, currency: 'eur' },
        fresh,
        null,
        fresh,
        { ...fresh, amount_minor: 2 },
        other,
      ]),
    );
    expect(results.map(({ status, code, replayed }) => [status, code ?? replayed])).toEqual([
      [422, 'idempotency-key-reused'],
      [201, true],
      [422, 'not-valid'],
      [201, false],
      [422, 'not-valid'],
      [201, true],
      [422, 'idempotency-key-reused'],
      [201, false],
    ]);
    expect(results[1]).toEqual({ ...first, replayed: true });
    expect(results[5]).toEqual({ ...results[3], replayed: true });
    expect((await storedOf('mixed')).map((each) => each.order.orderId)).toEqual(
      [first, results[3], results[7]].map((result) => result?.order_id),
    );
  });

  it('holds the same order as a request of its own, whichever comes first', async () => {
    const [early, late] = ordersOf('both', 2);
    const key = (of: typeof early) => of?.idempotency_key ?? '';
    const alone = (await (await send(order, { key: key(early) })).json()) as Result;
    const results = await resultsOf(sendBatch(order, [early, late]));
    const again = await send(order, { key: key(late) });
    expect(results[0]).toMatchObject({
      order_id: alone.order_id,
      position: alone.position,
      replayed: true,
    });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toMatchObject({ order_id: results[1]?.order_id });
    expect(await storedOf('both')).toHaveLength(2);
  });

  it('stores each order once when it is sent many times at the same moment, together and alone', async () => {
    const orders = ordersOf('race', 20);
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => resultsOf(sendBatch(order, orders))),
      Promise.all(
        orders.map(async ({ idempotency_key: key }) => {
          const response = await send(order, { key });
          const replayed = response.headers.get('idempotency-replayed') === 'true';
          return { ...((await response.json()) as Result), status: response.status, replayed };
        }),
      ),
    ]);
    for (const [n, { idempotency_key: key }] of orders.entries()) {
      const same = answers.map((results) => results[n]);
      expect([key, new Set(same.map((result) => `${result?.status} ${result?.order_id}`)).size]).toEqual([
        key,
        1,
      ]);
      expect(same.filter((result) => result?.replayed === false)).toHaveLength(1);
    }
    expect(await storedOf('race')).toHaveLength(20);
  });

  it('knows no keys of another client', async () => {
    const orders = ordersOf('whose', 2);
    const one = await resultsOf(sendBatch(order, orders, { 'x-client-id': 'one' }));
    const two = await resultsOf(sendBatch(order, orders, { 'x-client-id': 'two' }));
    expect(two.map(({ replayed }) => replayed)).toEqual([false, false]);
    expect(new Set([...one, ...two].map((result) => result.order_id)).size).toBe(4);
  });

  it('continues the trace of its client in each of its orders', async () => {
    const traceId = randomBytes(16).toString('hex');
    const traceparent = `00-${traceId}-${'1'.repeat(16)}-01`;
    await resultsOf(sendBatch(order, ordersOf('traced', 3), { traceparent }));
    const carried = (await storedOf('traced')).map((each) => each.order.traceparent);
    expect(carried).toEqual(
      Array(3).fill(expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`))),
    );
    expect(new Set(carried).size).toBe(3);
  });

  it.each([
    ['101 orders', JSON.stringify({ orders: ordersOf('many', 101) }), {}, 422],
    ['no order', '{"orders":[]}', {}, 422],
    ['a body beyond its limit', JSON.stringify({ orders: ['x'.repeat(192 * 1024)] }), {}, 413],
    ['JSON that is cut short', '{"orders":[', {}, 400],
    ['another content type', 'orders', { 'content-type': 'text/plain' }, 415],
    [
      'a client that is no name',
      JSON.stringify({ orders: ordersOf('many', 1) }),
      { 'x-client-id': 'a/b' },
      400,
    ],
  ])('is refused as a whole with %s', async (_what, body, headers, status) => {
    const response = await fetch(`${order.http}/v1/orders/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status, detail: expect.any(String) });
    expect(await storedOf('many')).toEqual([]);
  });

  it('counts as many answers as it has orders', async () => {
    const accepted = () => readingOf(order, metrics.orderAnswers.name, { result: 'accepted' });
    const before = (await accepted()) ?? 0;
    await resultsOf(sendBatch(order, ordersOf('counted', 7)));
    expect(await accepted()).toBe(before + 7);
  });

  it('is described', async () => {
    const document = (await (await fetch(`${order.http}/openapi.json`)).json()) as {
      paths: Record<string, { post?: { responses: object; requestBody: object } }>;
    };
    const { responses, requestBody } = document.paths['/v1/orders/batch']?.post ?? {};
    expect(Object.keys(responses ?? {})).toEqual(
      expect.arrayContaining(['207', '400', '413', '415', '422', '503']),
    );
    expect(JSON.stringify(requestBody)).toContain('"idempotency_key"');
  });
});

describe('the service', () => {
  let fixture: Fixture;

  beforeEach(async () => {
    fixture = await startFixture(await natsServer());
  });
  afterEach(() => fixture.stop());

  const storedKeys = async () =>
    new Set((await fixture.storedOrders()).map((each) => each.order.idempotencyKey));

  it('answers 503 or 504, order by order or as a whole, while the broker is down, and loses nothing', async () => {
    const order = await fixture.startOrder();
    const accepted = new Set<string>();
    const answers = new Set<string>();
    const attempt = async (name: string) => {
      const response = await sendBatch(order, ordersOf(name, 10));
      const body = (await response.json()) as { results?: Result[] };
      if (body.results === undefined) answers.add(`whole ${response.status}`);
      for (const [n, { status }] of (body.results ?? []).entries()) {
        answers.add(`each ${status}`);
        if (status === 201) accepted.add(`${name}-${n}`);
      }
      return response;
    };
    await Promise.all(Array.from({ length: 10 }, (_, n) => attempt(`before-${n}`)));
    expect(accepted.size).toBe(100);
    const during = Array.from({ length: 10 }, (_, n) => attempt(`during-${n}`));
    await fixture.killBroker();
    await Promise.all(during);
    const refusal = await until('a refusal as a whole', async () => {
      const response = await attempt('down');
      return response.status === 503 ? response : undefined;
    });
    expect(refusal.headers.get('retry-after')).toMatch(/^([1-9]|10)$/);
    // What is known needs no broker.
    const known = await resultsOf(sendBatch(order, [...ordersOf('before-0', 1), ...ordersOf('down', 1)]));
    expect(known).toMatchObject([
      { status: 201, replayed: true },
      { status: 503, retry_after_seconds: expect.any(Number) },
    ]);
    await fixture.startBroker();
    await until('recovery', async () =>
      (await attempt('after')).status === 207 && accepted.has('after-9') ? true : undefined,
    );
    expect([...answers].filter((answer) => !/^(each (201|503|504)|whole 503)$/.test(answer))).toEqual([]);
    const stored = await storedKeys();
    expect([...accepted].filter((key) => !stored.has(key))).toEqual([]);
  });

  it('refuses by itself each order that finds no room in the queue', async () => {
    const order = await fixture.startOrder({ environment: { STORMPROOF_QUEUED_ORDERS_MAX: '40' } });
    const results = await resultsOf(sendBatch(order, ordersOf('room', 100)));
    expect(results.map(({ status, code }) => code ?? status)).toEqual([
      ...Array(40).fill(201),
      ...Array(60).fill('too-many-waiting'),
    ]);
    expect(await fixture.storedOrders()).toHaveLength(40);
    const again = await until('the rest', async () => {
      const next = await resultsOf(sendBatch(order, ordersOf('room', 100)));
      return next.every(({ status }) => status === 201) ? next : undefined;
    });
    expect(again.slice(0, 40).every(({ replayed }) => replayed)).toBe(true);
    expect(await fixture.storedOrders()).toHaveLength(100);
  });

  it('loses no accepted order of a batch on SIGTERM, and refuses only what may be sent again', async () => {
    const order = await fixture.startOrder();
    const accepted: string[] = [];
    const refused: string[] = [];
    const client = async (name: string) => {
      for (let n = 0; ; n++) {
        const response = await sendBatch(order, ordersOf(`${name}-${n}`, 20)).catch(() => undefined);
        // The connection is closed: nothing listens any more.
        if (response === undefined) return;
        const body = (await response.json()) as { results?: Result[] };
        if (body.results === undefined) {
          refused.push(`${response.status} ${response.headers.get('retry-after')}`);
        }
        for (const [at, { status, retry_after_seconds: after }] of (body.results ?? []).entries()) {
          if (status === 201) accepted.push(`${name}-${n}-${at}`);
          else refused.push(`${status} ${after}`);
        }
      }
    };
    const clients = Array.from({ length: 10 }, (_, n) => client(`client-${n}`));
    await until('load', () => (accepted.length > 2_000 ? true : undefined));
    expect(await order.end('SIGTERM')).toBe(0);
    await Promise.all(clients);
    expect(refused.filter((answer) => answer !== '503 1')).toEqual([]);
    const stored = await storedKeys();
    expect(accepted.filter((key) => !stored.has(key))).toEqual([]);
  });

  it('answers a batch that is in flight when it is told to end', async () => {
    const order = await fixture.startOrder();
    fixture.pauseBroker();
    const answer = sendBatch(order, ordersOf('last', 100));
    await until('it waits for its broker', async () =>
      (await readingOf(order, metrics.ordersQueued.name)) === 100 ? true : undefined,
    );
    const ended = order.end('SIGTERM');
    await until('the service closes', () =>
      fetch(`${order.http}/openapi.json`).then(
        ({ status }) => (status === 503 ? true : undefined),
        () => true,
      ),
    );
    fixture.resumeBroker();
    const response = await answer;
    expect([response.status, response.headers.get('connection')]).toEqual([207, 'close']);
    const { results } = (await response.json()) as { results: Result[] };
    expect(results.map(({ status }) => status)).toEqual(Array(100).fill(201));
    expect(await ended).toBe(0);
    expect(await storedKeys()).toEqual(new Set(ordersOf('last', 100).map((each) => each.idempotency_key)));
  });
});
