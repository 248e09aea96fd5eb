import { createServer } from 'node:net';

/**
 * The cheapest thing that looks like the order service: each request is counted by its blank line and gets the
 * same 201. Prints its port; ends with its standard input.
 */
const body = `{"order_id":"${'0123456789abcdef'.repeat(2)}","status":"accepted","position":123456}`;
const answer =
  `HTTP/1.1 201 Created\r\nLocation: /v1/orders/${'0123456789abcdef'.repeat(2)}?position=123456\r\n` +
  `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
  `Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=72\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  let tail = '';
  socket.on('data', (chunk: Buffer) => {
    const text = tail + chunk.toString('latin1');
    let requests = 0;
    let at = -1;
    for (;;) {
      const next = text.indexOf('\r\n\r\n', at + 1);
      if (next === -1) break;
      at = next;
      requests += 1;
    }
    // Enough to see a separator that was cut, and too little to see one twice.
    tail = at === -1 ? text.slice(-3) : text.slice(Math.max(at + 4, text.length - 3));
    if (requests > 0) socket.write(answer.repeat(requests), 'latin1');
  });
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
