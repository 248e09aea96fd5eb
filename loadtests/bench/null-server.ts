import { createServer } from 'node:net';

/**
 * The cheapest thing that looks like the order service: every order gets the same 201, alone or in a batch. Prints its port;
 * ends with its standard input.
 */
const orderId = '0123456789abcdef'.repeat(2);
const head = (statusLine: string, more: string, body: string) =>
  `HTTP/1.1 ${statusLine}\r\n${more}Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n` +
  `Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=72\r\n\r\n${body}`;
const answer = head(
  '201 Created',
  `Location: /v1/orders/${orderId}?position=123456\r\n`,
  `{"order_id":"${orderId}","status":"accepted","position":123456}`,
);

const result = `{"status":201,"order_id":"${orderId}","position":123456,"replayed":false}`;
const batchAnswers = new Map<number, string>();
function batchAnswer(orders: number): string {
  const known = batchAnswers.get(orders);
  if (known !== undefined) return known;
  const results = Array.from({ length: orders }, () => result).join(',');
  const made = head('207 Multi-Status', '', `{"results":[${results}]}`);
  batchAnswers.set(orders, made);
  return made;
}

const server = createServer({ noDelay: true }, (socket) => {
  /** What came of a request that is not whole yet. */
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1');
    let answers = '';
    let at = 0;
    for (;;) {
      const bodyAt = text.indexOf('\r\n\r\n', at) + 4;
      if (bodyAt < 4) break;
      const end = bodyAt + contentLength(text, at, bodyAt);
      if (end > text.length) break;
      answers += text.startsWith('POST /v1/orders/batch', at)
        ? batchAnswer(countKeys(text, bodyAt, end))
        : answer;
      at = end;
    }
    rest = text.slice(at);
    if (answers !== '') socket.write(answers, 'latin1');
  });
  socket.on('error', () => socket.destroy());
});

/** Of the request whose head stands from one place to another. */
function contentLength(text: string, from: number, to: number): number {
  const name = /\r\ncontent-length: *(\d+)/iy;
  for (let at = text.indexOf('\r\n', from); at < to - 4; at = text.indexOf('\r\n', at + 2)) {
    name.lastIndex = at;
    const length = name.exec(text)?.[1];
    if (length !== undefined) return Number(length);
  }
  return 0;
}

/** Each order of a batch has one. */
function countKeys(text: string, from: number, to: number): number {
  let count = 0;
  const key = '"idempotency_key"';
  for (let at = text.indexOf(key, from); at !== -1 && at < to; at = text.indexOf(key, at + key.length))
    count++;
  return count;
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
