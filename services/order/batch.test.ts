import { afterEach, describe, expect, it } from 'vitest';
import { metrics } from '../../observability/names/metrics.ts';
import { acceptBatchedOrder, attributes, spans } from '../../observability/names/spans.ts';
import { amountMinorMax } from '../../proto/money.ts';
import { ProblemError, parseTraceparent, RemoteError } from '../runtime/index.ts';
import { type Api, createApi } from './fixtures/api.ts';

const body = { customer_id: 'customer-1', amount_minor: 1_250, currency: 'EUR' };
const ordersOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ idempotency_key: `key-${n}`, ...body }));
const notReady = new ProblemError(503, 'not-ready', 'not ready: nats', { retryAfterSeconds: 3 });

let api: Api;
afterEach(() => api.server.close());

async function sendText(payload: string, headers: Record<string, string> = {}) {
  const answer = await api.server.inject({
    method: 'POST',
    url: '/v1/orders/batch',
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}
const send = (orders: unknown, headers?: Record<string, string>) =>
  sendText(JSON.stringify({ orders }), headers);

describe('a batch', () => {
  it('answers each of its orders in their order, whatever becomes of its neighbours', async () => {
    api = createApi();
    const [first, second, third] = ordersOf(3);
    const answer = await send([
      first,
      { ...second, amount_minor: 0, note: 'please' },
      first,
      { ...first, amount_minor: 1 },
      'no order',
      { ...body, idempotency_key: 'a b' },
      third,
    ]);
    const invalid = (detail: string) => ({ status: 422, code: 'not-valid', detail });
    const accepted = { status: 201, position: 1, order_id: expect.stringMatching(/^[0-9a-f]{32}$/) };
    expect(answer).toMatchObject({ status: 207, headers: { 'content-type': /json/ } });
    expect(answer.body.results).toEqual([
      { ...accepted, replayed: false },
      invalid('order must NOT have additional properties: "note"; order.amount_minor must be >= 1'),
      { ...accepted, replayed: true },
      {
        status: 422,
        code: 'idempotency-key-reused',
        detail: 'this Idempotency-Key is known with another body',
      },
      invalid('order must be object'),
      invalid('order.idempotency_key must match pattern "^[!-~]{1,128}$"'),
      { ...accepted, replayed: false },
    ]);
    expect(answer.body.results[2].order_id).toBe(answer.body.results[0].order_id);
    expect(api.groups.flat().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-0', 'key-2']);
  });

  it('shares groups, and is answered when all of them are stored', async () => {
    api = createApi({ limits: { ordersMax: 64 } });
    const acks = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    let published = 0;
    api.situation.publish = () => acks[published++]?.promise ?? Promise.reject(new Error('a third group'));
    let isAnswered = false;
    const answer = send(ordersOf(100)).finally(() => {
      isAnswered = true;
    });
    while (published < 2) await new Promise(setImmediate);
    acks[1]?.resolve(9);
    await new Promise(setImmediate);
    expect(isAnswered).toBe(false);
    acks[0]?.resolve(8);
    const { results } = (await answer).body;
    expect(api.groups.map(({ length }) => length)).toEqual([64, 36]);
    expect(results.map(({ position }: { position: number }) => position)).toEqual([
      ...Array(64).fill(8),
      ...Array(36).fill(9),
    ]);
  });

  it('has room for a hundred of the largest orders, as wordily as JSON allows', async () => {
    api = createApi();
    const escaped = (text: string) =>
      text.replaceAll(/./gsu, (character) =>
        [...Array(character.length).keys()]
          .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
      );
    const orders = Array.from({ length: 100 }, (_, n) => {
      const strings = {
        idempotency_key: String(n).padStart(128, '"'),
        customer_id: '🛒'.repeat(64),
        currency: 'EUR',
      };
      const members = Object.entries(strings).map(([name, text]) => `"${escaped(name)}":"${escaped(text)}"`);
      return `{${members.join(',')},"${escaped('amount_minor')}":${amountMinorMax}}`;
    });
    const answer = await sendText(`{"orders":[\n${orders.join(',\n')}]}`);
    expect(answer.status).toBe(207);
    expect(new Set(answer.body.results.map(({ status }: { status: number }) => status))).toEqual(
      new Set([201]),
    );
  });
});

describe('a body that is no batch', () => {
  it.each([
    ['no array', '{"orders":{}}', 422],
    ['nothing', '{}', 422],
    ['no order', '{"orders":[]}', 422],
    ['101 orders', JSON.stringify({ orders: ordersOf(101) }), 422],
    ['a further member', JSON.stringify({ orders: ordersOf(1), note: '' }), 422],
    ['an order without a frame', JSON.stringify(ordersOf(1)[0]), 422],
    ['null', 'null', 422],
    ['more than 192 KiB', JSON.stringify({ orders: ordersOf(1) }).padEnd(192 * 1024 + 1), 413],
    ['a nest of arrays', '['.repeat(90_000) + ']'.repeat(90_000), 422],
    ['JSON that is cut short', '{"orders":[{', 400],
    ['a polluted prototype', '{"orders":[{"__proto__":{}}]}', 400],
    ['nothing at all', '', 400],
  ])('is refused as a whole: %s', async (_what, text, status) => {
    api = createApi();
    const answer = await sendText(text);
    expect(answer).toMatchObject({ status, body: { status, type: /^urn:stormproof:problem:/ } });
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(api.groups).toEqual([]);
  });

  it('is told no more of what is wrong with it than it is worth', async () => {
    api = createApi();
    const members = Array.from({ length: 15_000 }, (_, n) => `"m${n}":0`).join(',');
    const whole = await sendText(`{${members}}`);
    const inside = await sendText(`{"orders":[{${members}}]}`);
    const few = await sendText('{"orders":[{"m1":0,"m2":0}]}');
    expect([whole.status, whole.body.detail]).toEqual([422, 'body must NOT have more than 16 members']);
    expect(inside.body.results[0]).toEqual({
      status: 422,
      code: 'not-valid',
      detail: 'order must NOT have more than 16 members',
    });
    expect(few.body.results[0].detail).toContain('order must NOT have additional properties: "m2"');
  });

  it('is not told of the whole of a name that does not belong there', async () => {
    api = createApi();
    const answer = await sendText(`{"orders":[{"${'\\"'.repeat(80_000)}":0}]}`);
    expect(answer.body.results[0].detail.length).toBeLessThan(1_000);
  });
});

describe('a batch that finds no room', () => {
  it('fills the queue, and each order that does not fit is refused by itself', async () => {
    api = createApi({ limits: { queuedOrdersMax: 30 } });
    const orders = ordersOf(50);
    const answer = await send([...orders, orders[7], { ...orders[8], amount_minor: 1 }]);
    const { results } = answer.body;
    expect(answer.status).toBe(207);
    expect(results.slice(0, 30)).toEqual(Array(30).fill(expect.objectContaining({ status: 201 })));
    expect(results.slice(30, 50)).toEqual(
      Array(20).fill({
        status: 503,
        code: 'too-many-waiting',
        detail: 'too many orders wait; this try did not store the order',
        retry_after_seconds: 7,
      }),
    );
    expect(results[50]).toEqual({ ...results[7], replayed: true });
    expect(results[51]).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    expect(api.groups.flat()).toHaveLength(30);
  });

  it('says nothing of what it refuses for lack of room but the answer', async () => {
    api = createApi({ limits: { queuedOrdersMax: 30 }, sampleRatio: 1 });
    await send(ordersOf(50));
    const accepts = api.spans.filter(({ name }) => name === acceptBatchedOrder.name);
    expect(accepts).toHaveLength(30);
    expect(await counted()).toMatchObject({ accepted: 30, refused: 20 });
  });

  it.each([
    ['the queue is full', 'too-many-waiting', '7'],
    ['the service is shutting down', 'shutting-down', '1'],
  ])('is refused as a whole while %s, known keys or not', async (_when, code, retryAfter) => {
    api = createApi({ limits: { queuedOrdersMax: 1 } });
    const ack = Promise.withResolvers<number>();
    api.situation.publish = () => ack.promise;
    const first = send(ordersOf(1));
    while (api.groups.length === 0) await new Promise(setImmediate);
    api.situation.isClosing = code === 'shutting-down';
    // What is no order is none to the SLO either.
    const answer = await send([...ordersOf(2), 0, null, {}, []]);
    expect(answer).toMatchObject({ status: 503, body: { type: `urn:stormproof:problem:${code}` } });
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.headers.connection).toBe(code === 'shutting-down' ? 'close' : 'keep-alive');
    ack.resolve(1);
    expect((await first).status).toBe(207);
    expect(await counted()).toMatchObject({ accepted: 1, refused: 2 });
  });

  it('is refused as a whole when new orders are refused and all of its orders are new', async () => {
    api = createApi();
    api.situation.refusal = notReady;
    const answer = await send(ordersOf(3));
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:stormproof:problem:not-ready' } });
    expect(answer.headers['retry-after']).toBe('3');
    expect(await counted()).toMatchObject({ refused: 3 });
  });

  it('gives known keys their first answer all the same', async () => {
    api = createApi();
    const first = await send(ordersOf(1));
    api.situation.refusal = notReady;
    const answer = await send(ordersOf(2));
    expect(answer.status).toBe(207);
    expect(answer.body.results).toEqual([
      { ...first.body.results[0], replayed: true },
      { status: 503, code: 'not-ready', detail: 'not ready: nats', retry_after_seconds: 3 },
    ]);
  });
});

describe('a batch whose groups fail', () => {
  it('tells the definite from the unknown, order by order', async () => {
    api = createApi({ limits: { ordersMax: 2 } });
    const ends = [
      () => Promise.resolve(4),
      () => Promise.reject(new RemoteError('no-responders', 'nobody', { isDefinite: true })),
      () => Promise.reject(new RemoteError('ack-timeout', 'silence', { isDefinite: false })),
    ];
    api.situation.publish = () => ends.shift()?.() ?? Promise.reject(new Error('a fourth group'));
    const { status, body: answer } = await send(ordersOf(6));
    const codes = answer.results.map((result: { status: number; code?: string }) => result.code ?? 'stored');
    expect(status).toBe(207);
    expect(codes).toEqual([
      ...['stored', 'stored', 'not-stored', 'not-stored', 'unknown-outcome', 'unknown-outcome'],
    ]);
    expect(answer.results.slice(2)).toEqual(
      Array(4).fill(expect.objectContaining({ retry_after_seconds: 7 })),
    );
    expect(await counted()).toMatchObject({ accepted: 2, refused: 2, unknown: 2 });
  });

  it('is answered order by order also when nothing of it is stored', async () => {
    api = createApi();
    api.situation.publish = () =>
      Promise.reject(new RemoteError('no-responders', 'nobody', { isDefinite: true }));
    const { status, body: answer } = await send(ordersOf(2));
    expect([status, answer.results.map((result: { status: number }) => result.status)]).toEqual([
      207,
      [503, 503],
    ]);
  });

  it('is a failure of the service when one of them fails for no known reason', async () => {
    api = createApi();
    api.known.get = () => {
      throw new Error('the disk is gone');
    };
    const answer = await send(ordersOf(2));
    expect(answer).toMatchObject({ status: 500, body: { type: 'urn:stormproof:problem:internal' } });
    expect(await counted()).toMatchObject({ failed: 2 });
  });

  it('answers that it failed only when it knows what became of the others', async () => {
    api = createApi();
    const ack = Promise.withResolvers<number>();
    api.situation.publish = () => ack.promise;
    let asked = 0;
    api.known.get = () => {
      if (++asked === 2) throw new Error('the disk is gone');
      return undefined;
    };
    let isAnswered = false;
    const answer = send(ordersOf(2)).finally(() => {
      isAnswered = true;
    });
    while (api.groups.length === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(isAnswered).toBe(false);
    ack.resolve(1);
    expect((await answer).status).toBe(500);
  });
});

/** How many orders got which answer, of those that got any. */
async function counted(): Promise<Record<string, number>> {
  const points = await api.dataPoints(metrics.orderAnswers.name);
  return Object.fromEntries(
    points.map(({ attributes, value }) => [(attributes as { result: string }).result, value as number]),
  );
}

describe('what is measured', () => {
  const accepted = async () =>
    (await api.dataPoints(metrics.acceptDuration.name)).map(
      ({ value }) => (value as { count: number }).count,
    );

  it('counts orders, by whichever route they came', async () => {
    api = createApi();
    const [one, two] = ordersOf(2);
    await send([one, two, two, { ...two, amount_minor: 0 }]);
    await api.server.inject({
      method: 'POST',
      url: '/v1/orders',
      headers: { 'idempotency-key': 'alone' },
      payload: body,
    });
    expect(await counted()).toEqual({ accepted: 4, rejected: 1, refused: 0, unknown: 0, failed: 0 });
    expect(await accepted()).toEqual([4]);
  });

  it('takes what is no batch for one wrong order', async () => {
    api = createApi();
    await send(ordersOf(101));
    expect(await counted()).toMatchObject({ rejected: 1 });
    expect(await accepted()).toEqual([]);
  });
});

describe('the traces of a batch', () => {
  const carried = () => api.groups.flat().map(({ traceparent }) => parseTraceparent(traceparent));

  it('are as many as its orders, each sampled by itself', async () => {
    api = createApi({ sampleRatio: 1 });
    await send(ordersOf(3));
    expect(new Set(carried().map((context) => context?.traceId)).size).toBe(3);
    expect(api.spans.map(({ name }) => name).sort()).toEqual([
      ...Array(3).fill(acceptBatchedOrder.name),
      ...Array(3).fill(spans.publishOrder.name),
    ]);
  });

  it('continue that of their client, each with a span of its own', async () => {
    api = createApi();
    const traceId = 'a'.repeat(32);
    await send(ordersOf(2), { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` });
    const accepts = api.spans.filter(({ name }) => name === acceptBatchedOrder.name);
    expect(accepts).toHaveLength(2);
    for (const span of accepts) {
      expect(span).toMatchObject({
        parent: { traceId, spanId: 'b'.repeat(16) },
        attributes: { 'http.route': '/v1/orders/batch', [attributes.resultStatus]: 201 },
      });
    }
    expect(carried().map((context) => context?.traceId)).toEqual([traceId, traceId]);
    expect(new Set(carried().map((context) => context?.spanId)).size).toBe(2);
  });
});
