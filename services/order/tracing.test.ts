import { describe, expect, it } from 'vitest';
import { acceptBatchedOrder, attributes, promisedMs, spans } from '../../observability/names/spans.ts';
import { parseTraceparent, type Telemetry } from '../runtime/index.ts';
import type { StartSpan } from '../runtime/telemetry.ts';
import { createTracing } from './tracing.ts';
import type { OutcomeRow } from './wire.ts';

const traceId = 'a'.repeat(32);
const parentSpanId = 'b'.repeat(16);
const end = { route: '/v1/orders', status: 201, orderId: 'order', runId: 'run', isPublished: true } as const;

function setUp(ratio: number) {
  const told: (StartSpan & { readonly name: string; isFailed: boolean; endMs?: number })[] = [];
  const clock = { nowMs: 1_700_000_000_000 };
  const telemetry = {
    startSpan(name: string, options: StartSpan) {
      const span = { name, ...options, isFailed: false };
      told.push(span);
      return {
        setStatus: () => {
          span.isFailed = true;
        },
        end: (endMs?: number) => Object.assign(span, { endMs }),
      };
    },
  } as unknown as Telemetry;
  return { told, clock, tracing: createTracing({ telemetry, ratio, now: () => clock.nowMs }) };
}

describe('a sampled request', () => {
  it('tells two spans of one trace, and the order carries the second', () => {
    const { told, clock, tracing } = setUp(1);
    const trace = tracing.begin(undefined);
    const carried = parseTraceparent(tracing.carried(trace));
    clock.nowMs += 5;
    tracing.end(trace, end);
    const server = told.find(({ name }) => name === spans.acceptOrder.name);
    const publish = told.find(({ name }) => name === spans.publishOrder.name);
    expect(told).toHaveLength(2);
    expect(server).toMatchObject({ parent: undefined, startTimeMs: trace.startMs, endMs: trace.startMs + 5 });
    expect(publish).toMatchObject({ parent: server?.self, attributes: { [attributes.orderId]: 'order' } });
    expect(carried).toEqual({ traceId: server?.self.traceId, spanId: publish?.self.spanId, isSampled: true });
    expect(server?.attributes).not.toHaveProperty(attributes.late);
    expect(server?.attributes).not.toHaveProperty(attributes.keptFor);
  });

  it('continues the trace of its client', () => {
    const { told, tracing } = setUp(0);
    tracing.end(tracing.begin(`00-${traceId}-${parentSpanId}-01`), end);
    const server = told.find(({ name }) => name === spans.acceptOrder.name);
    expect(server).toMatchObject({ self: { traceId }, parent: { traceId, spanId: parentSpanId } });
    expect(server?.attributes).toMatchObject({ [attributes.keptFor]: 'client' });
  });

  it('tells the status of a batched order as that of its result, since the response has another', () => {
    const { told, tracing } = setUp(1);
    tracing.end(tracing.begin(undefined), { ...end, route: '/v1/orders/batch' });
    const batched = told.find(({ name }) => name === acceptBatchedOrder.name);
    expect(batched?.attributes).toMatchObject({ [attributes.resultStatus]: 201 });
    expect(batched?.attributes).not.toHaveProperty('http.response.status_code');
  });

  it('tells no publish when nothing of it was published', () => {
    const { told, tracing } = setUp(1);
    tracing.end(tracing.begin(undefined), { ...end, isPublished: false });
    expect(told.map(({ name }) => name)).toEqual([spans.acceptOrder.name]);
  });
});

describe('an unsampled request', () => {
  it('tells nothing, and its order carries the span that may be told late', () => {
    const { told, tracing } = setUp(0);
    const trace = tracing.begin(undefined);
    tracing.end(trace, end);
    expect(told).toEqual([]);
    expect(parseTraceparent(tracing.carried(trace))).toEqual({ ...trace.server, isSampled: false });
  });

  it('stays unsampled when its client says so', () => {
    const { tracing } = setUp(1);
    const trace = tracing.begin(`00-${traceId}-${parentSpanId}-00`);
    expect([trace.server.isSampled, trace.server.traceId]).toEqual([false, traceId]);
  });

  it.each([
    ['fails', 504, 1, 'failure'],
    ['is slower than promised', 201, promisedMs.acceptance + 1, 'slowness'],
  ])('tells its span late, with the identity it had, when it %s', (_what, status, tookMs, reason) => {
    const { told, clock, tracing } = setUp(0);
    const trace = tracing.begin(undefined);
    clock.nowMs += tookMs;
    tracing.end(trace, { ...end, status });
    expect(told).toMatchObject([
      {
        name: spans.acceptOrder.name,
        self: { traceId: trace.server.traceId, spanId: trace.server.spanId },
        startTimeMs: trace.startMs,
        isFailed: reason === 'failure',
        attributes: { [attributes.late]: true, [attributes.keptFor]: reason },
      },
    ]);
  });

  it('says that it failed while all others are slow', () => {
    const { told, clock, tracing } = setUp(0);
    const traces = Array.from({ length: 1_001 }, () => tracing.begin(undefined));
    clock.nowMs += 900;
    const [failed, ...slow] = traces;
    for (const trace of slow) tracing.end(trace, end);
    if (failed !== undefined) tracing.end(failed, { ...end, status: 504 });
    expect(told.at(-1)).toMatchObject({ isFailed: true, attributes: { [attributes.keptFor]: 'failure' } });
    expect(told.length).toBeLessThan(100);
  });

  it('is one of few that tell so when all of them fail', () => {
    const { told, clock, tracing } = setUp(0);
    const fail = () => tracing.end(tracing.begin(undefined), { ...end, status: 503, isPublished: false });
    for (let n = 0; n < 1_000; n++) fail();
    const inOneSecond = told.length;
    clock.nowMs += 1_000;
    fail();
    expect(inOneSecond).toBeLessThan(100);
    expect(told.length).toBe(inOneSecond + 1);
  });
});

describe('a settlement', () => {
  it('is told for sampled orders only, as a child of the outcome', () => {
    const { told, tracing } = setUp(1);
    const row = (flags: string): OutcomeRow => ({
      orderId: 'order',
      state: 2,
      reason: '',
      chargeId: '',
      receivedAtMs: 0,
      traceparent: flags === '' ? '' : `00-${traceId}-${parentSpanId}-${flags}`,
    });
    tracing.settled([row('00'), row(''), row('01')]);
    expect(told).toMatchObject([
      {
        name: spans.settle.name,
        parent: { traceId, spanId: parentSpanId },
        attributes: { [attributes.terminalState]: 'declined' },
      },
    ]);
  });
});
