import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { attributes, type KeptFor, promisedMs, spans } from '../../observability/names/spans.ts';
import type { OrderCreated } from '../../proto/gen/orders/v1/orders_pb.js';
import { tellableOrderId, tellableRunId } from '../../proto/identity.ts';
import {
  createLateBudget,
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
  /**
   * Tells the spans of sampled orders, and late ones of orders that failed or were slow.
   * @param delivery the how manieth delivery of the group it was that settled it; default the first
   */
  tell(decisions: readonly Decision[], times: GroupTimes, delivery?: number): void;
};

export type Tracer = { start(orders: readonly OrderCreated[]): GroupTrace };

type OrderTrace = {
  /** Undefined for an order that came without a trace and is told late. */
  readonly parent: TraceParent | undefined;
  readonly traceId: string;
  readonly process: string;
  readonly charge: string;
  readonly publish: string;
};

/** @param now milliseconds since the Unix epoch */
export function createTracer(telemetry: Telemetry, now: () => number): Tracer {
  const mayTellLate = createLateBudget();

  const tellProcess = (
    order: OrderCreated,
    decision: Decision,
    times: GroupTimes,
    { trace, extra }: { readonly trace: OrderTrace; readonly extra: Attributes },
  ) => {
    const span = telemetry.startSpan(spans.processPayment.name, {
      kind: SpanKind.CONSUMER,
      parent: trace.parent,
      self: { traceId: trace.traceId, spanId: trace.process },
      startTimeMs: times.receivedMs,
      attributes: {
        [attributes.orderId]: tellableOrderId(order.orderId),
        [attributes.runId]: tellableRunId(order.runId),
        [attributes.terminalState]: decision.state,
        ...extra,
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
        parent: { traceId: trace.traceId, spanId: trace.process, isSampled: true },
        self: { traceId: trace.traceId, spanId },
        startTimeMs: step.startMs,
      })
      .end(step.endMs);
  };

  return {
    start(orders) {
      const traces: (OrderTrace | undefined)[] = orders.map(traceOf);
      const contextOf = (trace: OrderTrace, spanId: string) =>
        formatTraceparent({ traceId: trace.traceId, spanId, isSampled: true });
      return {
        chargeTraceparent(index) {
          const trace = traces[index];
          return trace === undefined ? undefined : contextOf(trace, trace.charge);
        },
        outcomeTraceparent(index) {
          const trace = traces[index];
          return trace === undefined ? (orders[index]?.traceparent ?? '') : contextOf(trace, trace.publish);
        },
        tell(decisions, times, delivery = 1) {
          for (const [index, order] of orders.entries()) {
            const decision = decisions[index];
            if (decision === undefined) continue;
            const sampled = traces[index];
            const reason = reasonToKeep(order, decision, times);
            if (sampled === undefined && (reason === undefined || !mayTellLate(reason, now()))) continue;
            const trace = sampled ?? lateTraceOf(order);
            const extra = {
              ...(reason === undefined ? {} : { [attributes.keptFor]: reason }),
              ...(sampled === undefined ? { [attributes.late]: true } : {}),
              ...(delivery > 1 ? { [attributes.delivery]: delivery } : {}),
            };
            tellProcess(order, decision, times, { trace, extra });
            tellStep(spans.charge, trace, trace.charge, {
              startMs: times.chargeStartMs,
              endMs: times.chargeEndMs,
            });
            tellStep(spans.publishOutcome, trace, trace.publish, {
              startMs: times.publishStartMs,
              endMs: times.publishEndMs,
            });
          }
        },
      };
    },
  };
}

function reasonToKeep(order: OrderCreated, decision: Decision, times: GroupTimes): KeptFor | undefined {
  if (decision.state === 'dead-lettered') return 'failure';
  return times.publishEndMs - Number(order.receivedAtMs) > promisedMs.settlement ? 'slowness' : undefined;
}

/** Most orders are not sampled: that is seen without parsing. */
function traceOf(order: OrderCreated): OrderTrace | undefined {
  if (order.traceparent === '' || order.traceparent.endsWith('-00')) return undefined;
  const parent = parseTraceparent(order.traceparent);
  return parent?.isSampled === true ? identitiesBelow(parent) : undefined;
}

/** The spans of an order that nobody was told of: they go on from where the order's own span would be. */
function lateTraceOf(order: OrderCreated): OrderTrace {
  return identitiesBelow(parseTraceparent(order.traceparent));
}

function identitiesBelow(parent: TraceParent | undefined): OrderTrace {
  return {
    parent,
    traceId: parent?.traceId ?? newTraceId(),
    process: newSpanId(),
    charge: newSpanId(),
    publish: newSpanId(),
  };
}
