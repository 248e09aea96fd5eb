import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { attributes, spans } from '../../observability/names/spans.ts';
import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { tellableOrderId, tellableRunId } from '../../proto/identity.ts';
import {
  formatTraceparent,
  newSpanId,
  newTraceId,
  parseTraceparent,
  type Telemetry,
  type TraceParent,
} from '../runtime/index.ts';
import type { Decision } from './decision.ts';

/** When the steps of a group began and ended, in milliseconds since the Unix epoch. */
export type GroupTimes = {
  receivedMs: number;
  chargeStartMs: number;
  chargeEndMs: number;
  publishStartMs: number;
  publishEndMs: number;
};

/** The spans of one group: their identities are drawn first, because others are told of them; they are told last. */
export type GroupTrace = {
  /** The `charge` span of a sampled order, for the provider; undefined for others. */
  chargeTraceparent(index: number): string | undefined;
  /**
   * What the outcome carries: the `outcomes publish` span of a sampled order, the order's own context otherwise, so
   * that a late span still finds its trace.
   */
  outcomeTraceparent(index: number): string;
  /** Tells the spans of sampled orders, and late ones of orders that failed or were slow. */
  tell(decisions: readonly Decision[], times: GroupTimes): void;
};

export type Tracer = { start(orders: readonly OrderCreated[]): GroupTrace };

/** Settled later than this after it was received, an order gets a span though it was not sampled. */
const slowMs = 1_000;
/** Late spans a second, at most: an outage makes every order slow, and a few tell it all. */
const lateSpansPerSecond = 50;

type OrderTrace = {
  readonly parent: TraceParent;
  readonly process: string;
  readonly charge: string;
  readonly publish: string;
};

/** @param now milliseconds since the Unix epoch */
export function createTracer(telemetry: Telemetry, now: () => number): Tracer {
  let lateSecond = 0;
  let lateInSecond = 0;
  const mayTellLate = () => {
    const second = Math.floor(now() / 1_000);
    if (second !== lateSecond) {
      lateSecond = second;
      lateInSecond = 0;
    }
    return ++lateInSecond <= lateSpansPerSecond;
  };

  const tellProcess = (
    order: OrderCreated,
    decision: Decision,
    times: GroupTimes,
    identity: { readonly parent: TraceParent | undefined; readonly spanId: string; readonly isLate: boolean },
  ) => {
    const { parent } = identity;
    const span = telemetry.startSpan(spans.processPayment.name, {
      kind: SpanKind.CONSUMER,
      parent,
      self: { traceId: parent?.traceId ?? newTraceId(), spanId: identity.spanId },
      startTimeMs: times.receivedMs,
      attributes: {
        [attributes.orderId]: tellableOrderId(order.orderId),
        [attributes.runId]: tellableRunId(order.runId),
        [attributes.terminalState]: decision.state,
        ...(identity.isLate ? { [attributes.late]: true } : {}),
      },
    });
    if (decision.state === 'dead-lettered') {
      span.setStatus({ code: SpanStatusCode.ERROR, message: decision.cause });
    }
    span.end(now());
  };

  const tellStep = (
    spec: typeof spans.charge | typeof spans.publishOutcome,
    trace: OrderTrace,
    spanId: string,
    step: { readonly startMs: number; readonly endMs: number },
  ) => {
    telemetry
      .startSpan(spec.name, {
        kind: spec.kind === 'client' ? SpanKind.CLIENT : SpanKind.PRODUCER,
        parent: { traceId: trace.parent.traceId, spanId: trace.process, isSampled: true },
        self: { traceId: trace.parent.traceId, spanId },
        startTimeMs: step.startMs,
      })
      .end(step.endMs);
  };

  return {
    start(orders) {
      const traces: (OrderTrace | undefined)[] = orders.map(traceOf);
      const contextOf = (trace: OrderTrace, spanId: string) =>
        formatTraceparent({ traceId: trace.parent.traceId, spanId, isSampled: true });
      return {
        chargeTraceparent(index) {
          const trace = traces[index];
          return trace === undefined ? undefined : contextOf(trace, trace.charge);
        },
        outcomeTraceparent(index) {
          const trace = traces[index];
          return trace === undefined ? (orders[index]?.traceparent ?? '') : contextOf(trace, trace.publish);
        },
        tell(decisions, times) {
          for (const [index, order] of orders.entries()) {
            const decision = decisions[index];
            const trace = traces[index];
            if (decision === undefined) continue;
            if (trace !== undefined) {
              tellProcess(order, decision, times, {
                parent: trace.parent,
                spanId: trace.process,
                isLate: false,
              });
              tellStep(spans.charge, trace, trace.charge, {
                startMs: times.chargeStartMs,
                endMs: times.chargeEndMs,
              });
              tellStep(spans.publishOutcome, trace, trace.publish, {
                startMs: times.publishStartMs,
                endMs: times.publishEndMs,
              });
            } else if (
              (decision.state === 'dead-lettered' ||
                times.publishEndMs - Number(order.receivedAtMs) > slowMs) &&
              mayTellLate()
            ) {
              tellProcess(order, decision, times, {
                parent: parseTraceparent(order.traceparent),
                spanId: newSpanId(),
                isLate: true,
              });
            }
          }
        },
      };
    },
  };
}

/** Most orders are not sampled: that is seen without parsing. */
function traceOf(order: OrderCreated): OrderTrace | undefined {
  if (order.traceparent === '' || order.traceparent.endsWith('-00')) return undefined;
  const parent = parseTraceparent(order.traceparent);
  return parent?.isSampled === true
    ? { parent, process: newSpanId(), charge: newSpanId(), publish: newSpanId() }
    : undefined;
}
