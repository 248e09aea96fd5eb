// A service of somebody else's: it sells seats, and prints each ticket. It knows nothing of Stormproof but the variables in
// its environment and that its admin listener answers /readyz. Any language will do.
import { appendFileSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const directory = process.env.STORMPROOF_DATA_DIR ?? '.';
const printsTwice = process.env.TICKETS_PRINT_TWICE === 'yes';
const files = { sold: join(directory, 'sold'), printed: join(directory, 'printed') };

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
const sold = new Map(read(files.sold).map((line) => [JSON.parse(line).id, line]));
const printed = new Set(read(files.printed).map((line) => JSON.parse(line).id));
const handles = { sold: openSync(files.sold, 'a'), printed: openSync(files.printed, 'a') };

function append(name, line) {
  appendFileSync(handles[name], `${line}\n`);
  fsyncSync(handles[name]);
}

// The effect follows later, and once: also of what was sold just before an end.
setInterval(() => {
  for (const [id, line] of sold) {
    if (printed.has(id)) continue;
    append('printed', line);
    if (printsTwice) append('printed', line);
    printed.add(id);
  }
}, 50);

function sell(request, response) {
  let body = '';
  request.on('data', (piece) => {
    body += piece;
  });
  request.on('end', () => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    const { id, seat } = JSON.parse(body);
    if (!sold.has(id)) {
      const line = JSON.stringify({ id, seat });
      append('sold', line);
      sold.set(id, line);
    }
    return response.writeHead(201).end();
  });
}

function admin(request, response) {
  const name = request.url.slice(1);
  if (name === 'readyz') return response.end(JSON.stringify({ ready: true, missing: [] }));
  if (name in files) return response.end(readFileSync(files[name]));
  return response.writeHead(404).end();
}

for (const [listener, answer] of Object.entries({ HTTP: sell, ADMIN: admin })) {
  const [host, port] = (process.env[`STORMPROOF_${listener}_LISTEN`] ?? '').split(':');
  createServer(answer).listen(Number(port), host);
}
process.on('SIGTERM', () => process.exit());
