import { batchOrdersMax } from '../../proto/batch.ts';
import { amountMinorMax, currencies } from '../../proto/money.ts';
import { problemContentType } from '../runtime/index.ts';
import { orderStates } from './order.ts';

/**
 * The shapes of the public API, as JSON Schema: requests are checked by them, answers serialised by them, and the
 * OpenAPI document is made of them.
 */

/** Letters, digits and `. _ -`, so that the names of clients and runs need no escaping anywhere. */
const namePattern = '^[A-Za-z0-9._-]{1,64}$';
export const clientName = new RegExp(namePattern);

export const orderBodySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['customer_id', 'amount_minor', 'currency'],
  properties: {
    customer_id: {
      type: 'string',
      description: '1 to 64 characters, none of them a control character.',
      pattern: '^[^\\p{Cc}\\p{Cs}]{1,64}$',
    },
    amount_minor: {
      type: 'integer',
      description: 'In the minor unit of the currency: cents for EUR.',
      minimum: 1,
      maximum: amountMinorMax,
    },
    currency: { type: 'string', description: 'ISO 4217.', enum: currencies },
  },
} as const;

export const clientHeaders = {
  'x-client-id': {
    type: 'string',
    description:
      'Who sends it: keys and orders belong to a client. Where clients have keys, these say it, and nothing else may be ' +
      'said here. Default elsewhere: anonymous.',
    pattern: namePattern,
  },
} as const;

const idempotencyKeySchema = {
  type: 'string',
  description: 'Visible ASCII. The same key with the same body is the same order, however often it is sent.',
  pattern: '^[!-~]{1,128}$',
} as const;

/** Who sends orders, and on which occasion. */
export const senderHeaders = {
  ...clientHeaders,
  'x-stormproof-run': {
    type: 'string',
    description: 'Marks test traffic with the id of the run.',
    pattern: namePattern,
  },
  traceparent: { type: 'string', description: 'W3C trace context.' },
} as const;

export const orderHeaders = { 'idempotency-key': idempotencyKeySchema, ...senderHeaders } as const;

/** The headers of an order that is sent alone. */
export const createHeadersSchema = {
  type: 'object',
  required: ['idempotency-key'],
  properties: orderHeaders,
} as const;

export const orderIdSchema = { type: 'string', pattern: '^[0-9a-f]{32}$' } as const;

export const positionSchema = {
  type: 'string',
  description: 'Waits up to a second until what is stored there can be read.',
  pattern: '^[0-9]{1,15}$',
} as const;

export const acceptedSchema = {
  type: 'object',
  required: ['order_id', 'status', 'position'],
  properties: {
    order_id: { type: 'string' },
    status: { type: 'string', enum: ['accepted'] },
    position: { type: 'integer', description: 'Where the order is stored.' },
  },
} as const;

/** An order of a batch: the body of a single one, and its key. */
export const batchedOrderSchema = {
  ...orderBodySchema,
  required: ['idempotency_key', ...orderBodySchema.required],
  properties: { idempotency_key: idempotencyKeySchema, ...orderBodySchema.properties },
} as const;

/**
 * Fits any valid batch: an order takes up to 1,870 bytes when each character of its strings and of its members' names is
 * written as an escape. Only white space and the zeros of an amount like `1.000` could make it longer, without end.
 */
export const batchBodyBytesMax = 192 * 1024;

/** The frame of a batch only: each of its orders is checked by itself, and refused by itself. */
export const batchSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['orders'],
  properties: { orders: { type: 'array', minItems: 1, maxItems: batchOrdersMax } },
} as const;

const batchResultSchema = {
  type: 'object',
  description: 'What the answer to this order alone would have been.',
  required: ['status'],
  properties: {
    status: {
      type: 'integer',
      description:
        '201, 422, 503 or 504, with the meaning that it has as the answer to a single order. 422 for a key that is ' +
        'known with another body says nothing of that other one: it may be in this batch, and not be stored.',
    },
    order_id: { type: 'string', description: 'With 201.' },
    position: { type: 'integer', description: 'With 201: where the order is stored.' },
    replayed: { type: 'boolean', description: 'With 201: whether the key was known.' },
    code: { type: 'string', description: 'Otherwise: the last part of the type of the problem.' },
    detail: { type: 'string', description: 'Otherwise: the problem in words.' },
    retry_after_seconds: { type: 'integer', description: 'With 503 and 504: when to send it again.' },
  },
} as const;

export const batchAnswerSchema = {
  type: 'object',
  required: ['results'],
  properties: {
    results: {
      type: 'array',
      description: 'One for each order, in the order of the request.',
      items: batchResultSchema,
    },
  },
} as const;

export const orderSchema = {
  type: 'object',
  required: ['order_id', 'customer_id', 'amount_minor', 'currency', 'status', 'position'],
  properties: {
    order_id: { type: 'string' },
    customer_id: { type: 'string' },
    amount_minor: { type: 'integer' },
    currency: { type: 'string' },
    status: { type: 'string', enum: orderStates },
    reason: { type: 'string' },
    charge_id: { type: 'string' },
    position: { type: 'integer' },
  },
} as const;

export const problemSchema = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
} as const;

/** What the refusals mean that every operation has where clients have keys, by status. */
const notLetIn = {
  401: 'No key of a client, or one that is not known.',
  403: 'X-Client-Id names another client than the key is of.',
  429: 'More than this client may send; this request stored nothing. Send it again after Retry-After.',
} as const;

/** What each refusal means, by status. */
export const refusals = {
  createOrder: {
    ...notLetIn,
    400: 'Malformed: not JSON, or a header that is missing or not valid.',
    408: 'The request did not arrive in time.',
    413: 'The body is too large.',
    415: 'The body is not application/json.',
    422: 'Well-formed but not valid, or the key is known with another body.',
    431: 'The header fields are too large.',
    503: 'This request stored nothing; what an earlier one stored stays. Send it again after Retry-After.',
    504: 'Whether it is stored is not known; send it again with the same key until a 201 or a 422 settles it.',
  },
  createOrders: {
    ...notLetIn,
    400: 'Malformed: not JSON, or a header that is not valid.',
    408: 'The request did not arrive in time.',
    413: `The body is larger than ${batchBodyBytesMax / 1024} KiB.`,
    415: 'The body is not application/json.',
    422: `No batch of 1 to ${batchOrdersMax} orders.`,
    431: 'The header fields are too large.',
    503: 'This request stored nothing; what an earlier one stored stays. Send it again after Retry-After.',
  },
  getOrder: {
    ...notLetIn,
    400: 'Malformed.',
    404: 'There is no such order, or it is another client’s.',
    503: 'Not now; ask again after Retry-After.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>>;

export const problemMediaType = problemContentType;
