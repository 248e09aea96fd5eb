import { Ajv } from 'ajv';
import { type DirectAnswer, type DirectRoute, ProblemError, securityFields } from '../runtime/index.ts';
import type { Guard } from './clients/guard.ts';
import type { HandIn, OrderBody, SenderHeaders, SentOrder } from './hand-in.ts';
import type { Instruments } from './instruments.ts';
import { orderPath } from './overload.ts';
import { createHeadersSchema, orderBodySchema } from './schemas.ts';

/** Of every answer that accepts an order. */
const fields = ['content-type', 'application/json; charset=utf-8', ...securityFields];

export type CreateHeaders = SenderHeaders & { readonly 'idempotency-key': string };

/** The types of a body that is sure to be JSON in UTF-8; others may be that too. */
const jsonTypes: readonly (string | undefined)[] = ['application/json', 'application/json; charset=utf-8'];

/** The way past Node's HTTP server and fastify for orders that are sent one by one, as nearly all are. */
export function createSingleOrderRoute(parts: {
  readonly handIn: HandIn;
  readonly guard: Pick<Guard, 'clientIdOf'>;
  /** True once the service takes no more requests, which fastify says. */
  readonly isClosing: () => boolean;
  readonly instruments: Pick<Instruments, 'orderAnswered' | 'orderAccepted' | 'requestAnswered'>;
}): DirectRoute {
  const { handIn, guard, isClosing, instruments } = parts;
  const ajv = new Ajv();
  const isOrder = ajv.compile<OrderBody>(orderBodySchema);
  const areHeaders = ajv.compile<CreateHeaders>(createHeadersSchema);

  const told = (status: number, receivedAtMs: number): number => {
    const durationMs = performance.now() - receivedAtMs;
    instruments.orderAnswered(status);
    instruments.requestAnswered('POST', orderPath, status, durationMs);
    return durationMs;
  };

  const answer = async (sent: SentOrder, receivedAtMs: number): Promise<DirectAnswer> => {
    try {
      const { orderId, position, isReplay } = await handIn(sent);
      instruments.orderAccepted(told(201, receivedAtMs));
      const headers = [...fields, 'location', `/v1/orders/${orderId}?position=${position}`];
      if (isReplay) headers.push('idempotency-replayed', 'true');
      // Nothing in it needs an escape.
      return {
        status: 201,
        headers,
        body: `{"order_id":"${orderId}","status":"accepted","position":${position}}`,
      };
    } catch (error) {
      told(error instanceof ProblemError ? error.status : 500, receivedAtMs);
      throw error;
    }
  };

  return {
    path: orderPath,
    takes: ({ headers }) =>
      jsonTypes.includes(headers['content-type']) && !isClosing() && areHeaders(headers),
    answer(head, text, receivedAtMs) {
      const body = parse(text);
      if (!isOrder(body)) return undefined;
      const headers = head.headers as CreateHeaders;
      return answer(
        {
          body,
          idempotencyKey: headers['idempotency-key'],
          clientId: guard.clientIdOf(head),
          headers,
          route: orderPath,
        },
        receivedAtMs,
      );
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
