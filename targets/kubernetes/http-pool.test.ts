import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpPool, type HttpPool } from './http-pool.ts';

/** Says what it was asked, and breaks the connection of whoever asks for `/break`. */
let service: Server;
let pool: HttpPool;
const connections = new Set<Socket>();

beforeEach(async () => {
  connections.clear();
  service = createServer((asked, answer) => {
    if (asked.url === '/break') {
      asked.socket.resetAndDestroy();
      return;
    }
    let body = '';
    asked.on('data', (part) => {
      body += part;
    });
    asked.on('end', () => {
      answer.writeHead(201, { 'x-key': asked.headers['idempotency-key'] ?? '' });
      setTimeout(() => answer.end(`${asked.method} ${asked.url} ${body}`), 5);
    });
  }).listen(0, '127.0.0.1');
  service.on('connection', (socket) => connections.add(socket));
  await new Promise((resolve) => service.once('listening', resolve));
  pool = await createHttpPool(`127.0.0.1:${(service.address() as AddressInfo).port}`);
});
afterEach(async () => {
  await pool.close();
  service.closeAllConnections();
  service.close();
});

test('passes a request on as it is, and the answer back', async () => {
  const answer = await fetch(`http://${pool.address}/v1/orders?x=1`, {
    method: 'POST',
    headers: { 'idempotency-key': 'k1' },
    body: '{"total":1}',
  });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('x-key')).toBe('k1');
  expect(await answer.text()).toBe('POST /v1/orders?x=1 {"total":1}');
});

test('needs far fewer connections than its clients', async () => {
  const agent = new Agent({ keepAlive: true });
  const statuses = await Promise.all(
    Array.from(
      { length: 300 },
      () =>
        new Promise<number | undefined>((resolve, reject) => {
          get(`http://${pool.address}/`, { agent }, (answer) => {
            answer.resume();
            answer.on('end', () => resolve(answer.statusCode));
          }).on('error', reject);
        }),
    ),
  );
  agent.destroy();
  expect(new Set(statuses)).toEqual(new Set([201]));
  expect(connections.size).toBeLessThanOrEqual(100);
});

test("breaks the client's connection when its own breaks, and goes on for others", async () => {
  await expect(fetch(`http://${pool.address}/break`)).rejects.toThrow('fetch failed');
  expect((await fetch(`http://${pool.address}/`)).status).toBe(201);
});
