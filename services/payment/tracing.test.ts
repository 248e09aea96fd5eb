import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { attributes, promisedMs, spans } from '../../observability/names/spans.ts';
import { OrderCreatedSchema } from '../../proto/gen/orders/v1/orders_pb.js';
import type { StartSpan, Telemetry } from '../runtime/telemetry.ts';
import { parseTraceparent } from '../runtime/trace-context.ts';
import { type Decision, deadLetter } from './decision.ts';
import { makeOrder } from './fixtures/orders.ts';
import { createTracer } from './tracing.ts';

const traceId = 'a'.repeat(32);
const parentSpanId = 'b'.repeat(16);
const sampled = `00-${traceId}-${parentSpanId}-01`;
const unsampled = `00-${traceId}-${parentSpanId}-00`;
const charged: Decision = { state: 'charged', chargeId: 'ch_1' };
const clockMs = 1_700_000_000_000;
const times = {
  receivedMs: clockMs,
  chargeStartMs: clockMs + 1,
  chargeEndMs: clockMs + 2,
  publishStartMs: clockMs + 3,
  publishEndMs: clockMs + 4,
};

function setUp() {
  const told: (StartSpan & { readonly name: string })[] = [];
  const telemetry = {
    startSpan(name: string, options: StartSpan) {
      told.push({ name, ...options });
      return { setStatus: () => {}, end: () => {} };
    },
  } as unknown as Telemetry;
  return { told, tracer: createTracer(telemetry, () => clockMs) };
}

const order = (traceparent: string, receivedAtMs = clockMs) =>
  create(OrderCreatedSchema, makeOrder('key', { traceparent, receivedAtMs: BigInt(receivedAtMs) }));

describe('the spans of a group', () => {
  it('are three for a sampled order, in one trace, as provider and projection are told beforehand', () => {
    const { told, tracer } = setUp();
    const trace = tracer.start([order(sampled)]);
    const charge = parseTraceparent(trace.chargeTraceparent(0));
    const outcome = parseTraceparent(trace.outcomeTraceparent(0));
    expect(told).toEqual([]);
    trace.tell([charged], times);

    const [process, ...steps] = told;
    expect(process).toMatchObject({
      name: spans.processPayment.name,
      parent: { traceId, spanId: parentSpanId },
      attributes: { [attributes.terminalState]: 'charged' },
    });
    expect(process?.attributes).not.toHaveProperty(attributes.late);
    expect(steps).toMatchObject([
      { name: spans.charge.name, parent: process?.self, self: { traceId, spanId: charge?.spanId } },
      { name: spans.publishOutcome.name, parent: process?.self, self: { traceId, spanId: outcome?.spanId } },
    ]);
    expect(new Set(told.map(({ self }) => self.spanId)).size).toBe(3);
    expect([charge?.isSampled, outcome?.isSampled]).toEqual([true, true]);
  });

  it('say which delivery of the group it was, where it came again', () => {
    const { told, tracer } = setUp();
    tracer.start([order(sampled)]).tell([charged], times, 3);
    tracer.start([order(sampled)]).tell([charged], times, 1);
    const processed = told.filter(({ name }) => name === spans.processPayment.name);
    expect(processed.map((span) => span.attributes?.[attributes.delivery])).toEqual([3, undefined]);
  });

  it('are none for an order that is not sampled and does well; its context goes on as it came', () => {
    const { told, tracer } = setUp();
    const trace = tracer.start([order(unsampled), order('')]);
    expect([trace.chargeTraceparent(0), trace.chargeTraceparent(1)]).toEqual([undefined, undefined]);
    expect([trace.outcomeTraceparent(0), trace.outcomeTraceparent(1)]).toEqual([unsampled, '']);
    trace.tell([charged, charged], times);
    expect(told).toEqual([]);
  });

  it('are told late, and say so, for an unsampled order that fails or is slow', () => {
    const { told, tracer } = setUp();
    const orders = [order(unsampled), order(unsampled, clockMs - promisedMs.settlement), order('')];
    const failed = deadLetter('amount_mismatch', 'detail');
    tracer.start(orders).tell([failed, charged, failed], times);
    const late = told.filter(({ name }) => name === spans.processPayment.name);
    expect(late.map(({ attributes: found }) => found)).toMatchObject(
      ['failure', 'slowness', 'failure'].map((reason) => ({
        [attributes.late]: true,
        [attributes.keptFor]: reason,
      })),
    );
    expect(late[0]?.parent).toMatchObject({ traceId, spanId: parentSpanId });
    expect(late[2]?.parent).toBeUndefined();
    for (const { self } of late) {
      const steps = told.filter(({ parent }) => parent?.spanId === self.spanId);
      expect(steps.map(({ name }) => name)).toEqual([spans.charge.name, spans.publishOutcome.name]);
    }
  });

  it('are bounded when everything is slow', () => {
    const { told, tracer } = setUp();
    const orders = Array.from({ length: 500 }, () => order(unsampled, clockMs - 60_000));
    tracer.start(orders).tell(Array(500).fill(charged), times);
    expect(told.filter(({ name }) => name === spans.processPayment.name)).toHaveLength(5);
  });
});
