import { describe, expect, it } from 'vitest';
import { attributes, spans } from '../names/spans.ts';
import { orderTrace } from './fixtures/orders.ts';
import { type Span, type Trace, waterfallOf } from './waterfall.ts';

const order = { traceId: 'a'.repeat(32), orderId: 'b'.repeat(32), startMs: 1_800_000_000_000 };

function traceOf(options: Partial<Parameters<typeof orderTrace>[0]> = {}): Trace {
  return {
    traceId: order.traceId,
    spans: orderTrace({ ...order, ...options }).map(
      ({ spanId, parentId, spec, startMs, endMs, attributes: more = {}, error }): Span => ({
        ...{ spanId, parentId, name: spec.name, service: spec.service, instance: `${spec.service}-0` },
        ...{ kind: spec.kind, startMs, durationMs: endMs - startMs, isError: error !== undefined },
        attributes: Object.fromEntries(Object.entries(more).map(([key, value]) => [key, String(value)])),
      }),
    ),
  };
}

describe('a waterfall', () => {
  it('shows every step of an order, and what waited before it', () => {
    const { rows, orderId, terminalState, durationMs } = waterfallOf(traceOf());
    expect({ orderId, terminalState }).toEqual({ orderId: order.orderId, terminalState: 'charged' });
    expect(durationMs).toBeCloseTo(42.4, 3);
    expect(rows.map(({ name, depth }) => `${depth} ${name}`)).toEqual([
      '0 POST /v1/orders',
      '1 orders publish',
      '2 waits for payment',
      '2 ProcessPayment',
      '3 charge',
      '4 POST /v1/charges',
      '3 outcomes publish',
      '4 waits for order',
      '4 settle',
    ]);
    const steps = rows.filter(({ kind }) => kind === 'span').map(({ name }) => name);
    expect(new Set(steps)).toEqual(new Set(Object.values(spans).map(({ name }) => name)));
    expect(rows[2]).toMatchObject({ kind: 'wait', service: 'nats' });
    expect(rows[2]?.durationMs).toBeCloseTo(2.9, 3);
  });

  it('numbers the deliveries of a message, and counts the wait between them once', () => {
    const { rows } = waterfallOf(traceOf({ deliveries: 2 }));
    const payments = rows.filter(({ name }) => name === spans.processPayment.name);
    expect(payments).toMatchObject([
      { delivery: 1, isError: true },
      { delivery: 2, isError: false },
    ]);
    const again = rows.find(({ name }) => name === 'waits to be delivered again');
    expect(again?.durationMs).toBeCloseTo(5_030 - 2_010, 3);
  });

  it('takes the word of a delivery for those before it that nobody lived to tell', () => {
    const trace = traceOf();
    const again = trace.spans.map((span) =>
      span.name === spans.processPayment.name
        ? { ...span, attributes: { ...span.attributes, [attributes.delivery]: '3' } }
        : span,
    );
    const { rows } = waterfallOf({ ...trace, spans: again });
    expect(rows.find(({ name }) => name === spans.processPayment.name)?.delivery).toBe(3);
    expect(rows.map(({ name }) => name)).toContain('waits for payment, delivered before in vain');
    const odd = again.map((span) => ({ ...span, attributes: { [attributes.delivery]: 'x' } }));
    expect(waterfallOf({ ...trace, spans: odd }).rows.some(({ delivery }) => delivery !== undefined)).toBe(
      false,
    );
  });

  it('is the same whatever the order in which spans arrived', () => {
    const trace = traceOf();
    expect(waterfallOf({ ...trace, spans: trace.spans.toReversed() })).toEqual(waterfallOf(trace));
  });

  it('says of an order that was told late that there may be more', () => {
    const trace = traceOf();
    const [, , payment] = trace.spans;
    expect(waterfallOf(trace).isPartial).toBe(false);
    const late = { ...payment, attributes: { [attributes.late]: 'true' } } as Span;
    expect(waterfallOf({ ...trace, spans: [late] })).toMatchObject({ isPartial: true, rows: [{ depth: 0 }] });
  });

  it('draws spans that lie about their parents once, or not at all, and ends', () => {
    const [first, second] = traceOf().spans as [Span, Span];
    const loop = { ...first, parentId: second.spanId };
    expect(waterfallOf({ traceId: 'a', spans: [loop, second] }).rows).toEqual([]);
    const twin = { ...second, spanId: first.spanId };
    expect(waterfallOf({ traceId: 'a', spans: [first, twin] }).rows).toHaveLength(2);
  });

  it('is about the order that was asked for, where a batch has many in one trace', () => {
    const one = traceOf();
    const other = traceOf({ orderId: 'c'.repeat(32) }).spans.map((span) => ({
      ...{ ...span, spanId: `x${span.spanId}` },
      parentId: span.parentId === undefined ? undefined : `x${span.parentId}`,
    }));
    const batch = { traceId: one.traceId, spans: [...one.spans, ...other] };
    expect(waterfallOf(batch, order.orderId).rows).toEqual(waterfallOf(one).rows);
    expect(waterfallOf(batch, 'c'.repeat(32))).toMatchObject({ orderId: 'c'.repeat(32), orders: 2 });
    const whole = waterfallOf(batch, one.traceId);
    expect(whole).toMatchObject({ orders: 2, rows: { length: 2 * waterfallOf(one).rows.length } });
    expect(whole).not.toHaveProperty('orderId');
    expect(whole).not.toHaveProperty('terminalState');
  });

  it('is about the order that was asked for, where a client has put several below a span of its own', () => {
    const client: Span = {
      ...{ spanId: 'client', parentId: undefined, name: 'checkout', service: 'shop', instance: 'shop-0' },
      ...{ kind: 'client', startMs: order.startMs - 1, durationMs: 100, isError: false, attributes: {} },
    };
    const below = (trace: Trace, mark: string) =>
      trace.spans.map((span) => ({
        ...{ ...span, spanId: `${mark}${span.spanId}` },
        parentId: span.parentId === undefined ? 'client' : `${mark}${span.parentId}`,
      }));
    const other = traceOf({ orderId: 'c'.repeat(32), deliveries: 2 });
    const trace = { traceId: order.traceId, spans: [client, ...below(traceOf(), 'a'), ...below(other, 'b')] };
    const { rows, orderId, terminalState } = waterfallOf(trace, order.orderId);
    expect({ orderId, terminalState }).toEqual({ orderId: order.orderId, terminalState: 'charged' });
    expect(rows.map(({ name }) => name)).toEqual([
      'checkout',
      ...waterfallOf(traceOf()).rows.map(({ name }) => name),
    ]);
  });

  it('of a trace with very many spans is drawn in part, and says so', () => {
    const [first] = traceOf().spans as [Span];
    const spans = Array.from({ length: 16_000 }, (_, at) => ({
      ...{ ...first, spanId: `${at}`, startMs: first.startMs + at },
      parentId: at === 0 ? undefined : `${Math.floor((at - 1) / 2)}`,
    }));
    const { rows, spansLeftOut } = waterfallOf({ traceId: 'a', spans });
    expect(rows).toHaveLength(2_000);
    expect(spansLeftOut).toBe(14_000);
  });

  it('leaves a wait out that clocks have made negative', () => {
    const trace = traceOf();
    const early = trace.spans.map((span) =>
      span.name === spans.processPayment.name ? { ...span, startMs: order.startMs } : span,
    );
    const { rows } = waterfallOf({ ...trace, spans: early });
    expect(rows.map(({ name }) => name)).not.toContain('waits for payment');
  });
});
