import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { amountMinorMax, currencies } from '../../proto/money.ts';
import { type Api, createApi } from './fixtures/api.ts';

type Sent = {
  readonly idempotency_key: string;
  readonly customer_id: unknown;
  readonly amount_minor: unknown;
  readonly currency: string;
};

/** What an answer says besides the stream position, which depends on the groups that orders met in. */
type Answer = {
  readonly status: number;
  readonly code?: string;
  readonly id?: string;
  readonly isReplay?: boolean;
};

/** One service gets everything order by order, the other in batches. */
const alone = createApi();
const together = createApi();
afterAll(() => Promise.all([alone, together].map(({ server }) => server.close())));

/** Clients are new in each run, so that none meets the keys of another. */
let runs = 0;

async function sendAlone(api: Api, client: string, order: Sent): Promise<Answer> {
  const { idempotency_key: key, ...payload } = order;
  const response = await api.server.inject({
    method: 'POST',
    url: '/v1/orders',
    headers: { 'idempotency-key': key, 'x-client-id': client },
    payload,
  });
  const body = response.json();
  return response.statusCode === 201
    ? { status: 201, id: body.order_id, isReplay: response.headers['idempotency-replayed'] === 'true' }
    : { status: response.statusCode, code: body.type.replace('urn:stormproof:problem:', '') };
}

async function sendTogether(api: Api, client: string, orders: readonly Sent[]): Promise<readonly Answer[]> {
  const response = await api.server.inject({
    method: 'POST',
    url: '/v1/orders/batch',
    headers: { 'x-client-id': client },
    payload: { orders },
  });
  expect(response.statusCode).toBe(207);
  const results: { status: number; order_id: string; replayed: boolean; code: string }[] =
    response.json().results;
  return results.map((result) =>
    result.status === 201
      ? { status: 201, id: result.order_id, isReplay: result.replayed }
      : { status: result.status, code: result.code },
  );
}

/** The stored orders of some clients, without what depends on when and in which trace they came. */
function stored(api: Api, clients: readonly string[]) {
  return api.groups
    .flat()
    .filter(({ clientId }) => clients.includes(clientId))
    .map(({ receivedAtMs: _at, traceparent: _trace, ...order }) => order);
}

const client = fc.stringMatching(/^[A-Za-z0-9._-]{1,56}$/);
const key = fc.stringMatching(/^[!-~]{1,128}$/);
const valid = {
  customer_id: fc
    .string({ unit: 'binary', minLength: 1, maxLength: 64 })
    .filter((text) => /^[^\p{Cc}\p{Cs}]{1,64}$/u.test(text)),
  amount_minor: fc.integer({ min: 1, max: amountMinorMax }),
  currency: fc.constantFrom(...currencies),
};

it('an order has the same identity and the same charge key whether it comes alone or in a batch', async () => {
  await fc.assert(
    fc.asyncProperty(
      client,
      fc.uniqueArray(fc.record({ idempotency_key: key, ...valid }), {
        minLength: 1,
        maxLength: 10,
        selector: (order) => order.idempotency_key,
      }),
      async (name, orders) => {
        const from = `${name}-${runs++}`;
        const answers: Answer[] = [];
        for (const order of orders) answers.push(await sendAlone(alone, from, order));
        expect(await sendTogether(together, from, orders)).toEqual(answers);
        expect(stored(together, [from])).toEqual(stored(alone, [from]));
        // And so it is one order to a service that gets it both ways.
        const again = answers.map((answer) => ({ ...answer, isReplay: true }));
        expect(await sendTogether(alone, from, orders)).toEqual(again);
      },
    ),
    { numRuns: 60 },
  );
});

it('batches are answered as their orders would have been one after the other', async () => {
  // Few keys and bodies, so that most orders repeat or contradict another; some are not valid.
  const order = fc.record({
    idempotency_key: fc.constantFrom('k1', 'k2', 'k3'),
    customer_id: fc.constantFrom('c1', 'c1', 'c2', ''),
    amount_minor: fc.constantFrom(1, 1, 2, 0, 'much'),
    currency: fc.constantFrom('EUR', 'eur'),
  });
  const request = fc.record({
    name: fc.constantFrom('one', 'two'),
    orders: fc.array(order, { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 4 }), async (requests) => {
      const run = runs++;
      for (const { name, orders } of requests) {
        const from = `${name}-${run}`;
        const answers: Answer[] = [];
        for (const one of orders) answers.push(await sendAlone(alone, from, one));
        expect(await sendTogether(together, from, orders)).toEqual(answers);
      }
      const clients = [`one-${run}`, `two-${run}`];
      expect(stored(together, clients)).toEqual(stored(alone, clients));
    }),
    { numRuns: 60 },
  );
});
