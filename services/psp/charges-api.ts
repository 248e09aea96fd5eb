import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';
import { metrics } from '../../observability/names/metrics.ts';
import { attributes, spans } from '../../observability/names/spans.ts';
import { tellableOrderId, tellableRunId } from '../../proto/identity.ts';
import { currencies } from '../../proto/money.ts';
import {
  createHistogram,
  type DatabaseWait,
  delay,
  newSpanId,
  ProblemError,
  parseTraceparent,
  type Telemetry,
  type TraceParent,
} from '../runtime/index.ts';
import type { ChargeRequest, ChargeResult } from './charge.ts';
import type { Tally } from './counters.ts';
import { type Ledger, LedgerError } from './ledger.ts';
import type { Behaviour } from './profile.ts';

/** Charges in one batch call. */
const batchChargesMax = 256;

const chargeKey = { type: 'string', pattern: '^[!-~]{1,128}$' } as const;
const chargeMembers = {
  order_id: { type: 'string', pattern: '^[!-~]{1,64}$' },
  amount_minor: { type: 'integer', minimum: 1, maximum: 1_000_000_000_000 },
  currency: { type: 'string', enum: currencies },
  run_id: { type: 'string', maxLength: 64 },
} as const;
const chargeRequired = ['order_id', 'amount_minor', 'currency'] as const;

const chargeSchema = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: chargeRequired,
    properties: chargeMembers,
  },
  headers: {
    type: 'object',
    required: ['idempotency-key'],
    properties: { 'idempotency-key': chargeKey },
  },
} as const;

const batchSchema = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['charges'],
    properties: {
      charges: {
        type: 'array',
        minItems: 1,
        maxItems: batchChargesMax,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['charge_key', ...chargeRequired],
          properties: { charge_key: chargeKey, traceparent: { type: 'string' }, ...chargeMembers },
        },
      },
    },
  },
} as const;

type ChargeBody = {
  readonly order_id: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly run_id?: string;
};
type BatchItem = ChargeBody & { readonly charge_key: string; readonly traceparent?: string };

/** The provider's API for merchants: charge one, charge many, look one up. */
export function addChargeRoutes(
  server: FastifyInstance,
  parts: {
    readonly ledger: Ledger;
    readonly behaviour: Behaviour;
    readonly tally: Tally;
    readonly databaseWait: DatabaseWait;
    readonly telemetry: Telemetry;
    /** Milliseconds since the Unix epoch. */
    readonly now: () => number;
  },
): void {
  const { ledger, behaviour, tally, databaseWait, telemetry, now } = parts;
  measureRequests(server, telemetry);

  /** Records first, then lets time pass: a caller that gives up meanwhile cannot know what happened. */
  const charge = async (
    requests: readonly ChargeRequest[],
    traceparents: readonly (string | undefined)[],
  ): Promise<readonly ChargeResult[]> => {
    const startTimeMs = now();
    const results = await ledger
      .charge(requests)
      .finally(() => databaseWait.record(now() - startTimeMs))
      .catch((error: unknown) => {
        if (!(error instanceof LedgerError)) throw error;
        throw new ProblemError(
          503,
          'ledger-unavailable',
          'the charge could not be recorded; nothing was charged',
          {
            retryAfterSeconds: 1,
          },
        );
      });
    tally.countResults(results);
    const latencyMs = behaviour.drawLatencyMs();
    if (latencyMs > 0) await delay(latencyMs);
    for (const [index, traceparent] of traceparents.entries()) {
      const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
      const request = requests[index];
      const result = results[index];
      if (parent?.isSampled !== true || request === undefined || result === undefined) continue;
      tellSpan(telemetry, { parent, request, result, startTimeMs, endTimeMs: now() });
    }
    return results;
  };

  server.post<{ Body: ChargeBody; Headers: { 'idempotency-key': string; traceparent?: string } }>(
    '/v1/charges',
    { schema: chargeSchema },
    async (request) => {
      tally.countCall(false);
      const [result] = await charge(
        [toRequest(request.body, request.headers['idempotency-key'])],
        [request.headers.traceparent],
      );
      if (result?.status === 'conflict') {
        throw new ProblemError(409, 'idempotency-conflict', 'the key is known with other parameters');
      }
      if (result === undefined || result.status === 'error') {
        throw new ProblemError(503, 'charge-failed', 'this charge failed without an effect; send it again', {
          retryAfterSeconds: 1,
        });
      }
      return toWire(result);
    },
  );

  server.post<{ Body: { charges: readonly BatchItem[] } }>(
    '/v1/charges/batch',
    { schema: batchSchema },
    async (request) => {
      tally.countCall(true);
      const { charges } = request.body;
      const results = await charge(
        charges.map((item) => toRequest(item, item.charge_key)),
        charges.map((item) => item.traceparent),
      );
      return { results: results.map(toWire) };
    },
  );

  server.get<{ Params: { chargeKey: string } }>('/v1/charges/:chargeKey', (request) => {
    const record = ledger.find(request.params.chargeKey);
    if (record === undefined)
      throw new ProblemError(404, 'no-such-charge', 'no charge is known under this key');
    return {
      charge_key: record.chargeKey,
      order_id: record.orderId,
      amount_minor: record.amountMinor,
      currency: record.currency,
      ...toWire(record),
    };
  });
}

function toRequest(body: ChargeBody, key: string): ChargeRequest {
  return {
    chargeKey: key,
    orderId: body.order_id,
    amountMinor: body.amount_minor,
    currency: body.currency,
    runId: body.run_id ?? '',
  };
}

function toWire(result: { status: string; chargeId?: string; reason?: string }) {
  return { status: result.status, charge_id: result.chargeId, reason: result.reason };
}

function tellSpan(
  telemetry: Telemetry,
  told: {
    readonly parent: TraceParent;
    readonly request: ChargeRequest;
    readonly result: ChargeResult;
    readonly startTimeMs: number;
    readonly endTimeMs: number;
  },
): void {
  const { parent, request, result } = told;
  const span = telemetry.startSpan(spans.providerCharge.name, {
    kind: SpanKind.SERVER,
    parent,
    self: { traceId: parent.traceId, spanId: newSpanId() },
    startTimeMs: told.startTimeMs,
    attributes: {
      [attributes.orderId]: tellableOrderId(request.orderId),
      [attributes.runId]: tellableRunId(request.runId),
      [attributes.chargeResult]: result.status,
    },
  });
  if (result.status === 'error') span.setStatus({ code: SpanStatusCode.ERROR, message: result.reason });
  span.end(told.endTimeMs);
}

function measureRequests(server: FastifyInstance, telemetry: Telemetry): void {
  const duration = createHistogram(telemetry.meter, metrics.httpServerDuration);
  server.addHook('onResponse', (request, reply, done) => {
    duration.record(reply.elapsedTime / 1_000, {
      'http.request.method': request.method,
      'http.route': request.routeOptions.url ?? 'none',
      'http.response.status_code': reply.statusCode,
    });
    done();
  });
}
