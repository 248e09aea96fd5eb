import { RemoteError } from '../../runtime/index.ts';
import { createHttpClient, type HttpAnswer } from './http-client.ts';
import { type Charge, type ChargeAnswer, type PaymentProvider, rejectedCode } from './provider.ts';

type WireAnswer = {
  readonly status?: unknown;
  readonly charge_id?: unknown;
  readonly reason?: unknown;
};

/** Statuses that say the request itself is at fault; any other 4xx may as well be our credentials or address. */
const rejections: ReadonlySet<number> = new Set([400, 413, 422]);
/** Statuses that say nothing was done; any other 5xx leaves it open. */
const definiteRefusals: ReadonlySet<number> = new Set([401, 403, 404, 405, 429, 503]);

/**
 * The simulated provider, over HTTP.
 *
 * @param options.baseUrl without a trailing slash
 * @param options.deadlineMs of each call
 */
export function createPspProvider(options: {
  readonly baseUrl: string;
  readonly deadlineMs: number;
}): PaymentProvider {
  const client = createHttpClient(options);
  return {
    name: 'psp',
    batchMax: 256,

    async charge(charge) {
      const answer = await client.send('POST', '/v1/charges', {
        headers: {
          'idempotency-key': charge.chargeKey,
          ...(charge.traceparent === undefined ? {} : { traceparent: charge.traceparent }),
        },
        body: JSON.stringify(toWire(charge)),
      });
      if (answer.status === 409) return { status: 'conflict' };
      if (answer.status === 503 && answer.body.includes('problem:charge-failed')) {
        return { status: 'error', reason: 'charge-failed' };
      }
      return toAnswer(parseOk(answer) as WireAnswer);
    },

    async chargeBatch(charges) {
      const answer = await client.send('POST', '/v1/charges/batch', {
        body: JSON.stringify({
          charges: charges.map((charge) => ({
            charge_key: charge.chargeKey,
            ...toWire(charge),
            traceparent: charge.traceparent,
          })),
        }),
      });
      const { results } = parseOk(answer) as { readonly results?: readonly WireAnswer[] };
      if (!Array.isArray(results) || results.length !== charges.length) throw badAnswer(answer);
      return results.map(toAnswer);
    },

    async lookup(chargeKey) {
      const answer = await client.send('GET', `/v1/charges/${encodeURIComponent(chargeKey)}`);
      if (answer.status === 404 && answer.body.includes('problem:no-such-charge')) return undefined;
      const record = parseOk(answer) as WireAnswer & Readonly<Record<string, unknown>>;
      const decided = toAnswer(record);
      if (decided.status !== 'charged' && decided.status !== 'declined') throw badAnswer(answer);
      return {
        orderId: String(record.order_id),
        amountMinor: Number(record.amount_minor),
        currency: String(record.currency),
        answer: decided,
      };
    },

    close: () => client.close(),
  };
}

function toWire(charge: Charge) {
  return {
    order_id: charge.orderId,
    amount_minor: charge.amountMinor,
    currency: charge.currency,
    run_id: charge.runId === '' ? undefined : charge.runId,
  };
}

function parseOk(answer: HttpAnswer): object {
  const { status } = answer;
  if (status !== 200) {
    const code = rejections.has(status) ? rejectedCode : `status-${status}`;
    throw new RemoteError(code, `the provider answered ${status}`, {
      isDefinite: rejections.has(status) || definiteRefusals.has(status),
    });
  }
  try {
    const value: unknown = JSON.parse(answer.body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Falls through: bytes that are no JSON are as useless as JSON of another shape.
  }
  throw badAnswer(answer);
}

function toAnswer(wire: WireAnswer): ChargeAnswer {
  const reason = typeof wire.reason === 'string' ? wire.reason : '';
  switch (wire.status) {
    case 'charged':
      if (typeof wire.charge_id === 'string') return { status: 'charged', chargeId: wire.charge_id };
      break;
    case 'declined':
      return { status: 'declined', reason };
    case 'conflict':
      return { status: 'conflict' };
    case 'error':
      return { status: 'error', reason };
    default:
  }
  throw new RemoteError('bad-answer', 'the provider gave an answer that is none', { isDefinite: false });
}

/** An answer was given, so something may have been done; what, it does not say. */
function badAnswer(answer: HttpAnswer): RemoteError {
  const message = `the provider answered ${answer.status} with a body that is no answer`;
  return new RemoteError('bad-answer', message, { isDefinite: false });
}
