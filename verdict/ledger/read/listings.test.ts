import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderTable } from '../order-table.ts';
import { readCharges, readProjection } from './listings.ts';

const row = (order: number, state: string) =>
  JSON.stringify({
    order_id: order.toString(16).padStart(32, '0'),
    charge_key: `key-${order}`,
    amount_minor: 100,
    currency: 'EUR',
    state,
    charge_id: 'ch',
    run_id: 'r1',
  });
const end = (rows: number) => JSON.stringify({ end: true, rows });

/** What each run id answers, by its listing. */
const bodies: Readonly<Record<string, readonly string[]>> = {
  good: [row(1, 'charged'), row(2, 'declined'), end(2)],
  empty: [end(0)],
  truncated: [row(1, 'charged')],
  torn: [row(1, 'charged'), '{"order_id":"00'],
  miscounted: [row(1, 'charged'), end(2)],
  endless: [end(0), row(1, 'charged')],
  unknown: [row(1, 'paid'), end(1)],
};

const requests: string[] = [];
const server = createServer((request, response) => {
  requests.push(request.url ?? '');
  const runId = new URL(request.url ?? '', 'http://localhost').searchParams.get('run_id') ?? '';
  const body = bodies[runId];
  if (runId === 'broken') {
    response.write(`${row(1, 'charged')}\n`, () => response.destroy());
  } else if (body === undefined) {
    response.writeHead(500).end();
  } else {
    response.end(body.join('\n'));
  }
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a listing', () => {
  it('tells the table every row of it', async () => {
    const table = new OrderTable();
    expect(await readCharges(table, url, 'good')).toEqual({ kind: 'whole' });
    expect(await readProjection(table, 'order-0', url, 'good')).toEqual({ kind: 'whole' });
    expect(table.size).toBe(2);
    expect(table.view().moveTo(0)).toMatchObject({ charges: 1, declines: 0 });
    expect(table.view().moveTo(1)).toMatchObject({ charges: 0, declines: 1 });
    expect(table.view().moveTo(1).projectedStates('order-0')).toBe(2);
    expect(requests.slice(-2)).toEqual(['/admin/charges?run_id=good', '/admin/projection?run_id=good']);
  });

  it.each([
    ['empty', 'whole', undefined],
    ['truncated', 'part', 'ended after 1 rows without its end line'],
    ['torn', 'part', 'after 1 rows'],
    ['broken', 'part', 'after 1 rows'],
    ['miscounted', 'part', 'gave 1 rows, but its end line says 2'],
    ['endless', 'part', 'goes on after its end line'],
    ['unknown', 'failed', 'a row has state "paid"'],
    ['refused', 'failed', 'answered 500'],
  ])('that is %s counts as %s', async (runId, kind, why) => {
    const state = await readCharges(new OrderTable(), url, runId);
    expect(state.kind).toBe(kind);
    if (why !== undefined) expect(state).toMatchObject({ why: expect.stringContaining(why) });
  });

  it('that nobody serves counts as failed', async () => {
    const state = await readCharges(new OrderTable(), 'http://127.0.0.1:1', 'good');
    expect(state).toMatchObject({ kind: 'failed', why: expect.stringContaining('127.0.0.1:1') });
  });
});
