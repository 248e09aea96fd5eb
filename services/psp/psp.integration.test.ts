import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, type RunningProcess, run, until } from '../runtime/fixtures/processes.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

let directory: string;
let ports: { readonly http: number; readonly admin: number };
let running: RunningProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'psp-'));
  ports = { http: await freePort(), admin: await freePort() };
  running = [];
});
afterEach(async () => {
  for (const one of running) await one.end('SIGKILL');
  await rm(directory, { recursive: true });
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<RunningProcess> {
  const psp = run(process.execPath, [main], {
    STORMPROOF_HTTP_LISTEN: `127.0.0.1:${ports.http}`,
    STORMPROOF_ADMIN_LISTEN: `127.0.0.1:${ports.admin}`,
    STORMPROOF_DATA_DIR: directory,
    ...settings,
  });
  running.push(psp);
  await until('readiness', async () => (await admin('/readyz')).ok || undefined);
  return psp;
}

const admin = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${ports.admin}${path}`, init);

function send(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${ports.http}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const order = (id: string, change: object = {}) => ({
  order_id: id,
  amount_minor: 5,
  currency: 'EUR',
  run_id: 'run',
  ...change,
});
const chargeOne = (key: string, body: unknown) => send('/v1/charges', body, { 'idempotency-key': key });
const problemOf = async (answer: Response) => ((await answer.json()) as { type: string }).type;

async function effects(query = ''): Promise<readonly Record<string, unknown>[]> {
  const text = await (await admin(`/admin/charges${query}`)).text();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the simulated provider', () => {
  it('charges a key once, repeats its answer and refuses the key with other parameters', async () => {
    await start();
    const first = await chargeOne('k', order('o'));
    expect(first.status).toBe(200);
    const answer = await first.json();
    expect(answer).toMatchObject({ status: 'charged', charge_id: expect.any(String) });
    expect(await (await chargeOne('k', order('o'))).json()).toEqual(answer);

    const other = await chargeOne('k', order('o', { amount_minor: 6 }));
    expect(other.status).toBe(409);
    expect(await problemOf(other)).toMatch(/idempotency-conflict$/);

    const batch = await send('/v1/charges/batch', {
      charges: [
        { charge_key: 'k', ...order('o') },
        { charge_key: 'k', ...order('p') },
        { charge_key: 'l', ...order('q') },
      ],
    });
    const { results } = (await batch.json()) as { results: readonly { status: string }[] };
    expect(results.map(({ status }) => status)).toEqual(['charged', 'conflict', 'charged']);
    expect(await effects('?run_id=run')).toMatchObject([
      { charge_key: 'k', order_id: 'o', state: 'charged' },
      { charge_key: 'l', order_id: 'q', state: 'charged' },
      { end: true, rows: 2 },
    ]);
    expect(await effects('?run_id=other')).toEqual([{ end: true, rows: 0 }]);
    expect(await (await admin('/admin/counters')).json()).toEqual({
      calls: 3,
      batchCalls: 1,
      charged: 2,
      declined: 0,
      conflicts: 2,
      replayed: 2,
      errors: 0,
      lies: 0,
    });
    expect(await (await admin('/admin/database')).json()).toMatchObject({ changes: 4 });
  });

  it('tells what it has recorded under a key', async () => {
    await start();
    await chargeOne('k', order('o'));
    const lookUp = (key: string) => fetch(`http://127.0.0.1:${ports.http}/v1/charges/${key}`);
    expect(await (await lookUp('k')).json()).toMatchObject({
      charge_key: 'k',
      order_id: 'o',
      status: 'charged',
    });
    expect((await lookUp('nobody')).status).toBe(404);
  });

  it('loses no answered charge when it is killed', async () => {
    const first = await start();
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
    const answered: string[] = [];
    const calls = keys.map(async (key) => {
      const answer = await chargeOne(key, order(key)).catch(() => undefined);
      if (answer?.ok) answered.push(key);
      if (answered.length === 50) void first.end('SIGKILL');
    });
    await Promise.all(calls);
    expect(answered.length).toBeGreaterThanOrEqual(50);
    await start();
    const recorded = new Set((await effects()).map(({ charge_key }) => charge_key));
    expect(answered.filter((key) => !recorded.has(key))).toEqual([]);
  });

  it('follows its profile, which only takes what makes sense', async () => {
    await start();
    const put = (body: unknown) =>
      admin('/admin/profile', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await put({ declineRatio: 1.5 })).status).toBe(422);
    expect((await put({ latency: 5 })).status).toBe(422);
    expect((await put({ declineRatio: 1, seed: 3 })).status).toBe(200);
    expect(await (await admin('/admin/profile')).json()).toEqual({
      latencyMs: 0,
      jitterMs: 0,
      declineRatio: 1,
      errorRatio: 0,
      lieRatio: 0,
      forgottenRatio: 0,
      seed: 3,
    });
    const declined = await (await chargeOne('k', order('o'))).json();
    expect(declined).toEqual({ status: 'declined', reason: 'insufficient_funds' });
    await put({ errorRatio: 1 });
    const failed = await chargeOne('l', order('p'));
    expect([failed.status, await problemOf(failed)]).toEqual([503, expect.stringMatching(/charge-failed$/)]);
    await put({ lieRatio: 1 });
    expect(await (await chargeOne('m', order('q'))).json()).toMatchObject({ status: 'charged' });
    expect((await effects()).map(({ charge_key }) => charge_key)).not.toContain('m');
    expect(await (await admin('/admin/counters')).json()).toMatchObject({ errors: 1, lies: 1 });
  });

  it.each([
    ['no key', 400, () => send('/v1/charges', order('o'))],
    ['malformed JSON', 400, () => chargeOne('k', '{"order_id":')],
    ['a fraction of a cent', 422, () => chargeOne('k', order('o', { amount_minor: 1.5 }))],
    ['a negative amount', 422, () => chargeOne('k', order('o', { amount_minor: -1 }))],
    ['a number in a text', 422, () => chargeOne('k', order('o', { amount_minor: '5' }))],
    ['an unknown currency', 422, () => chargeOne('k', order('o', { currency: 'XXX' }))],
    ['an unknown member', 422, () => chargeOne('k', order('o', { tip: 1 }))],
    ['an empty batch', 422, () => send('/v1/charges/batch', { charges: [] })],
    [
      'too large a batch',
      422,
      () =>
        send('/v1/charges/batch', {
          charges: Array.from({ length: 257 }, (_, i) => ({ charge_key: `k${i}`, ...order('o') })),
        }),
    ],
    ['a huge body', 413, () => chargeOne('k', `"${'x'.repeat(600_000)}"`)],
  ])('refuses %s with %i', async (_what, status, ask) => {
    await start();
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await effects()).toEqual([{ end: true, rows: 0 }]);
  });

  it('answers 503 while its disk is full, keeps what it has and goes on', async () => {
    await start({ STORMPROOF_PSP_LEDGER_PAGES_MAX: '12' });
    await chargeOne('first', order('first'));
    const fill = async (count: number) =>
      send('/v1/charges/batch', {
        charges: Array.from({ length: count }, (_, i) => ({ charge_key: `${count}-${i}`, ...order('o') })),
      });
    let answer = await fill(250);
    for (let count = 249; answer.ok && count > 200; count--) answer = await fill(count);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await problemOf(answer)).toMatch(/ledger-unavailable$/);
    expect((await chargeOne('first', order('first'))).status).toBe(200);
    expect((await admin('/livez')).ok).toBe(true);
  });

  it('says that another process holds its ledger, and ends', async () => {
    await start();
    const second = run(process.execPath, [main], {
      STORMPROOF_HTTP_LISTEN: '127.0.0.1:0',
      STORMPROOF_ADMIN_LISTEN: '127.0.0.1:0',
      STORMPROOF_DATA_DIR: directory,
    });
    running.push(second);
    await until('it says why', () => second.output().includes('database is locked') || undefined);
    expect(await second.end('SIGTERM')).toBe(1);
  });

  it('ends with 0 on SIGTERM', async () => {
    const psp = await start();
    await chargeOne('k', order('o'));
    expect(await psp.end('SIGTERM')).toBe(0);
  });
});
