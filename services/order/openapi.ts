import {
  acceptedSchema,
  batchAnswerSchema,
  batchedOrderSchema,
  batchSchema,
  clientHeaders,
  orderBodySchema,
  orderHeaders,
  orderIdSchema,
  orderSchema,
  positionSchema,
  problemMediaType,
  problemSchema,
  refusals,
  senderHeaders,
} from './schemas.ts';

/**
 * The public API as an OpenAPI 3.1 document, made of the schemas that the service itself uses.
 *
 * @param options.isClosed whether clients need a key
 */
export function renderOpenApi({ isClosed }: { readonly isClosed: boolean }): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Stormproof orders',
      version: '1',
      description: 'Takes orders. A 201 says that a majority of the brokers has the order on disk.',
    },
    ...(isClosed ? { security: [{ clientKey: [] }] } : {}),
    paths: {
      '/v1/orders': {
        post: {
          operationId: 'createOrder',
          summary: 'Hands in an order.',
          parameters: headerParameters(orderHeaders, ['idempotency-key']),
          requestBody: { required: true, content: { 'application/json': { schema: orderBodySchema } } },
          responses: {
            201: {
              description: 'Stored, or known: then it is the first answer again.',
              headers: {
                Location: { description: 'Where the order can be read.', schema: { type: 'string' } },
                'Idempotency-Replayed': {
                  description: '`true` when the key was known.',
                  schema: { type: 'string' },
                },
              },
              content: { 'application/json': { schema: acceptedSchema } },
            },
            ...problems(refusals.createOrder),
          },
        },
      },
      '/v1/orders/batch': {
        post: {
          operationId: 'createOrders',
          summary: 'Hands in several orders, each of which is accepted or refused by itself.',
          parameters: headerParameters(senderHeaders, []),
          requestBody: { required: true, content: { 'application/json': { schema: batchOfOrders } } },
          responses: {
            207: {
              description: 'Looked at: what became of each order.',
              content: { 'application/json': { schema: batchAnswerSchema } },
            },
            ...problems(refusals.createOrders),
          },
        },
      },
      '/v1/orders/{order_id}': {
        get: {
          operationId: 'getOrder',
          summary: 'Reads an order and how it ended.',
          parameters: [
            { name: 'order_id', in: 'path', required: true, schema: orderIdSchema },
            { name: 'position', in: 'query', schema: positionSchema },
            ...headerParameters(clientHeaders, []),
          ],
          responses: {
            200: { description: 'The order.', content: { 'application/json': { schema: orderSchema } } },
            ...problems(refusals.getOrder),
          },
        },
      },
    },
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: {
        clientKey: { type: 'http', scheme: 'bearer', description: 'The key of a client.' },
      },
    },
  };
}

const batchOfOrders = {
  ...batchSchema,
  properties: { orders: { ...batchSchema.properties.orders, items: batchedOrderSchema } },
};

function headerParameters(headers: Readonly<Record<string, object>>, required: readonly string[]): object[] {
  return Object.entries(headers).map(([name, schema]) => ({
    name,
    in: 'header',
    required: required.includes(name),
    schema,
  }));
}

const retryAfter = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } };

/** What a refusal says besides its problem, by status. */
const headersOf: Readonly<Record<string, object>> = {
  401: { 'WWW-Authenticate': { description: 'RFC 6750.', schema: { type: 'string' } } },
  429: {
    ...retryAfter,
    RateLimit: { description: 'What is left, and when there is more.', schema: { type: 'string' } },
    'RateLimit-Policy': { description: 'What this client may send.', schema: { type: 'string' } },
  },
  503: retryAfter,
  504: retryAfter,
};

function problems(meanings: Readonly<Record<number, string>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(meanings).map(([status, description]) => [
      status,
      {
        description,
        ...(headersOf[status] === undefined ? {} : { headers: headersOf[status] }),
        content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
