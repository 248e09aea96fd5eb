import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { endHelper, newHelperSocket } from './helper.ts';

test('a helper that ends without reading what it is told has ended all the same', async () => {
  const socket = newHelperSocket();
  // What lies unread when a connection is closed is an ECONNRESET for whoever wrote it.
  const server = createServer({ pauseOnConnect: true }, async (connection) => {
    await sleep(100);
    connection.destroy();
  });
  server.listen(socket);
  await once(server, 'listening');
  try {
    await expect(endHelper(socket)).resolves.toBeUndefined();
  } finally {
    server.close();
  }
});
