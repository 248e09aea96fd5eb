import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  acceptBatchedOrder,
  attributes,
  type KeptFor,
  promisedMs,
  spans,
} from '../../observability/names/spans.ts';
import { tellableOrderId } from '../../proto/identity.ts';
import {
  createLateBudget,
  formatTraceparent,
  newSpanId,
  newTraceId,
  parseTraceparent,
  shouldSample,
  type Telemetry,
  type TraceParent,
} from '../runtime/index.ts';
import { orderStates } from './order.ts';
import type { OutcomeRow } from './wire.ts';

/** How an order came. */
export type OrderRoute = '/v1/orders' | '/v1/orders/batch';

/** The trace of one request, or of one order of a batch: identities only. No span exists before something is told of it. */
export type RequestTrace = {
  /** The client's span, if it sent one. */
  readonly parent: TraceParent | undefined;
  /** The span of this request, told to nobody yet. */
  readonly server: TraceParent;
  /** The span that the order carries on: that of its publish when sampled, else that of the request. */
  readonly carried: TraceParent;
  /** Milliseconds since the Unix epoch. */
  readonly startMs: number;
};

export type RequestEnd = {
  readonly route: OrderRoute;
  readonly status: number;
  readonly orderId?: string;
  readonly runId?: string;
  /** False for a replay or a refusal: no group carried this request's order. */
  readonly isPublished: boolean;
};

export type Tracing = {
  /** Begins or continues a trace and decides whether it is kept. */
  begin(traceparent: string | undefined): RequestTrace;
  carried(trace: RequestTrace): string;
  /** Tells the request's spans when it is sampled, and a late one when it failed or was slow. */
  end(trace: RequestTrace, end: RequestEnd): void;
  /** Tells the settlement of sampled orders. */
  settled(rows: readonly OutcomeRow[]): void;
};

const acceptSpans = { '/v1/orders': spans.acceptOrder, '/v1/orders/batch': acceptBatchedOrder } as const;

/** Where a span tells how its order was answered: the HTTP response to a batch has a status of its own. */
const statusAttributes = {
  '/v1/orders': 'http.response.status_code',
  '/v1/orders/batch': attributes.resultStatus,
} as const;

/**
 * @param options.ratio share of the traces begun here that are kept; a client's own decision wins
 * @param options.now milliseconds since the Unix epoch
 */
export function createTracing(options: {
  readonly telemetry: Telemetry;
  readonly ratio: number;
  readonly now: () => number;
}): Tracing {
  const { telemetry, ratio, now } = options;
  const mayTellLate = createLateBudget();

  const tellServer = (trace: RequestTrace, end: RequestEnd, endMs: number, extra: Attributes): void => {
    const span = telemetry.startSpan(acceptSpans[end.route].name, {
      kind: SpanKind.SERVER,
      parent: trace.parent,
      self: trace.server,
      startTimeMs: trace.startMs,
      attributes: {
        'http.request.method': 'POST',
        'http.route': end.route,
        [statusAttributes[end.route]]: end.status,
        ...orderAttributes(end),
        ...extra,
      },
    });
    if (end.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endMs);
  };

  const tellPublish = (trace: RequestTrace, end: RequestEnd, endMs: number): void => {
    const span = telemetry.startSpan(spans.publishOrder.name, {
      kind: SpanKind.PRODUCER,
      parent: trace.server,
      self: trace.carried,
      startTimeMs: trace.startMs,
      attributes: orderAttributes(end),
    });
    if (end.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endMs);
  };

  return {
    begin(traceparent) {
      const parent = parseTraceparent(traceparent);
      const traceId = parent?.traceId ?? newTraceId();
      const isSampled = parent?.isSampled ?? shouldSample(traceId, ratio);
      const server = { traceId, spanId: newSpanId(), isSampled };
      const carried = isSampled ? { traceId, spanId: newSpanId(), isSampled } : server;
      return { parent, server, carried, startMs: now() };
    },
    carried: (trace) => formatTraceparent(trace.carried),
    end(trace, end) {
      const endMs = now();
      const reason = reasonToKeep(trace, end, endMs);
      if (trace.server.isSampled) {
        if (end.isPublished) tellPublish(trace, end, endMs);
        tellServer(trace, end, endMs, reason === undefined ? {} : { [attributes.keptFor]: reason });
      } else if (reason !== undefined && mayTellLate(reason, endMs)) {
        tellServer(trace, end, endMs, { [attributes.late]: true, [attributes.keptFor]: reason });
      }
    },
    settled(rows) {
      for (const row of rows) {
        // Cheaper than parsing what nearly always says no.
        if (!row.traceparent.endsWith('-01')) continue;
        const parent = parseTraceparent(row.traceparent);
        if (parent === undefined) continue;
        telemetry
          .startSpan(spans.settle.name, {
            kind: SpanKind.CONSUMER,
            parent,
            self: { traceId: parent.traceId, spanId: newSpanId() },
            attributes: {
              [attributes.orderId]: tellableOrderId(row.orderId),
              [attributes.terminalState]: orderStates[row.state] ?? '',
            },
          })
          .end();
      }
    },
  };
}

function reasonToKeep(trace: RequestTrace, end: RequestEnd, endMs: number): KeptFor | undefined {
  if (end.status >= 500) return 'failure';
  if (endMs - trace.startMs > promisedMs.acceptance) return 'slowness';
  return trace.parent?.isSampled === true ? 'client' : undefined;
}

function orderAttributes(end: RequestEnd): Attributes {
  return {
    ...(end.orderId === undefined ? {} : { [attributes.orderId]: end.orderId }),
    ...(end.runId === undefined || end.runId === '' ? {} : { [attributes.runId]: end.runId }),
  };
}
