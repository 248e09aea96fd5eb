import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { keepTurnsShort } from './short-turns.ts';

const connections = 40;
const requestsEach = 50;
const turnMsMax = 20;

let close: () => void;
afterEach(() => close());

/**
 * Sends requests on all connections at once, each of which takes a millisecond by the clock.
 *
 * @returns how many were handled in the longest turn, and how many were answered in all
 */
async function flood(isKeptShort: boolean): Promise<{ readonly longest: number; readonly answered: number }> {
  let nowMs = 0;
  let inTurn = 0;
  let longest = 0;
  const server = createServer((_request, response) => {
    nowMs += 1;
    longest = Math.max(longest, ++inTurn);
    if (inTurn === 1) setImmediate(() => (inTurn = 0));
    response.end();
  });
  if (isKeptShort) keepTurnsShort(server, { turnMsMax, nowMs: () => nowMs });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  for (let n = 0; n < connections; n++) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
  }
  const answered = sockets.map((socket) => countAnswers(socket, requestsEach));
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(requestsEach));
  const counts = await Promise.all(answered);
  return { longest, answered: counts.reduce((sum, count) => sum + count, 0) };
}

/** @returns how many came before the connection was closed, or as soon as there are as many as expected */
async function countAnswers(socket: Socket, expected: number): Promise<number> {
  let count = 0;
  let rest = '';
  for await (const chunk of socket) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    count += lines.filter((line) => line.endsWith('HTTP/1.1 200 OK\r')).length;
    if (count === expected) break;
  }
  return count;
}

it('ends a turn that takes too long, and answers everybody in later ones', async () => {
  const { longest, answered } = await flood(true);
  expect(answered).toBe(connections * requestsEach);
  // What the read brought that passed the limit is handled to its end.
  expect(longest).toBeLessThanOrEqual(turnMsMax + 1 + requestsEach);
});

it('without it a turn handles what all connections have sent', async () => {
  const { longest } = await flood(false);
  expect(longest).toBeGreaterThan(turnMsMax + 1 + requestsEach);
});

it('takes nothing from those whose clients do not read their answers', async () => {
  let nowMs = 0;
  const server = createServer((_request, response) => {
    nowMs += 1;
    response.end('x'.repeat(2_000));
  });
  keepTurnsShort(server, { turnMsMax, nowMs: () => nowMs });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect(port, '127.0.0.1');
  const [peer] = await accepted;
  close = () => {
    socket.destroy();
    server.close();
  };
  // More than the buffers between them hold of its answers.
  const requests = 6_000;
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(requests));
  while (!peer.isPaused()) await new Promise(setImmediate);
  expect(await countAnswers(socket, requests)).toBe(requests);
});
