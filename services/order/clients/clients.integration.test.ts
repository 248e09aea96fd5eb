import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTools } from '../../../tools/index.ts';
import { digestOfKey, newClientKey } from '../../../topology/derive/client-keys.ts';
import { type Fixture, orderBody, type RunningOrder, send, startFixture } from '../fixtures/platform.ts';

const keys = { shop: newClientKey(), other: newClientKey(), unknown: newClientKey() };
const clients = [
  { id: 'shop', keys: [digestOfKey(keys.shop)] },
  { id: 'other', keys: [digestOfKey(keys.other)], ordersPerSecond: 1, burst: 2 },
];

let fixture: Fixture;
let order: RunningOrder;
beforeAll(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  fixture = await startFixture(tools['nats-server']);
  const path = join(fixture.dataDir, '..', 'clients.json');
  await writeFile(path, JSON.stringify({ clients }));
  order = await fixture.startOrder({
    environment: { STORMPROOF_CLIENTS_FILE: path, STORMPROOF_LOG_LEVEL: 'debug' },
  });
});
afterAll(() => fixture.stop());

const as = (key: string) => ({ authorization: `Bearer ${key}` });

describe('an order service whose clients have keys', () => {
  it('stores what they send as theirs, and shows it to nobody else', async () => {
    const accepted = await send(order, { key: 'one', headers: as(keys.shop) });
    expect(accepted.status).toBe(201);
    const path = `${order.http}${accepted.headers.get('location')}`;
    const seenBy = async (key: string) => (await fetch(path, { headers: as(key) })).status;
    expect([await seenBy(keys.shop), await seenBy(keys.other), await seenBy(keys.unknown)]).toEqual([
      200, 404, 401,
    ]);
    // Another client's order under the same key is another order.
    expect((await send(order, { key: 'one', headers: as(keys.other) })).status).toBe(201);
    const stored = (await fixture.storedOrders()).map(({ order }) => order);
    expect(stored.map(({ clientId }) => clientId)).toEqual(['shop', 'other']);
    expect(new Set(stored.flatMap(({ orderId, chargeKey }) => [orderId, chargeKey])).size).toBe(4);
  });

  it('asks no key for what operators ask, on a listener of its own', async () => {
    expect((await fetch(`${order.admin}/readyz`)).status).toBe(200);
    expect((await fetch(`${order.admin}/admin/projection`)).headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${order.http}/admin/projection`, { headers: as(keys.shop) })).status).toBe(404);
    expect((await fetch(`${order.admin}/v1/orders/${'0'.repeat(32)}`)).status).toBe(404);
  });

  it('counts whom it did not let in, and tells no key: not in its log, not in its readings, not in an answer', async () => {
    const answers = await Promise.all([
      send(order, { key: 'two', headers: as(keys.unknown) }),
      send(order, { key: 'two' }),
      send(order, { key: 'two', headers: { ...as(keys.shop), 'x-client-id': 'other' } }),
      send(order, {
        key: keys.shop,
        headers: as(keys.shop),
        body: { ...orderBody, note: keys.shop.slice(3) },
      }),
    ]);
    for (let n = 0; n < 3; n++)
      answers.push(await send(order, { key: `more-${n}`, headers: as(keys.other) }));
    const told = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
    expect(told.map((text) => text.slice(0, 3)).slice(0, 4)).toEqual(['401', '401', '403', '422']);
    expect(told.at(-1)).toMatch(/^429 /);
    const readings = await (await fetch(`${order.admin}/admin/readings`)).text();
    const counts = (
      JSON.parse(readings) as { metric: string; attributes: { reason?: string }; value: number }[]
    )
      .filter(({ metric }) => metric === 'stormproof.requests.not_let_in')
      .map(({ attributes, value }): [string, number] => [attributes.reason ?? '', value]);
    expect(Object.fromEntries(counts)).toMatchObject({
      ...{ 'no-credentials': 1, 'unknown-credentials': 2, 'other-client': 1, quota: 0 },
    });
    const everything = [order.output(), readings, ...told].join('\n');
    for (const secret of Object.values(keys)) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(digestOfKey(secret));
    }
  });
});

it('does not start with a clients file that makes no sense, and says where it does not', async () => {
  const path = join(fixture.dataDir, '..', 'wrong.json');
  await writeFile(path, JSON.stringify({ clients: [{ id: 'shop', keys: [keys.shop] }] }));
  const wrong = await fixture.startOrder({ isReady: false, environment: { STORMPROOF_CLIENTS_FILE: path } });
  expect(await wrong.exited()).toBe(2);
  expect(wrong.output()).toContain('clients.0.keys.0');
  expect(wrong.output()).not.toContain(keys.shop);
});
