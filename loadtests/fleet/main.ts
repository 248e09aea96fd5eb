/**
 * An agent as a process: `main.ts DIRECTORY [PORT]`. Says `{"port":…}` on its standard output as soon as it listens, and ends
 * when it is told to, is left alone, or loses the parent that started it.
 */
import { mkdir } from 'node:fs/promises';
import { startAgent } from './agent.ts';

const [directory, port = '0'] = process.argv.slice(2);
if (directory === undefined || !/^\d{1,5}$/.test(port)) {
  process.stderr.write('Usage: main.ts DIRECTORY [PORT]\n');
  process.exit(2);
}
await mkdir(directory, { recursive: true });
const agent = await startAgent({ directory, port: Number(port) });
process.stdout.write(`${JSON.stringify({ port: agent.port })}\n`);

const { promise: asked, resolve: ask } = Promise.withResolvers<'asked'>();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.once(event, () => ask('asked'));
const why = await Promise.race([agent.ended, asked]);
await agent.close();
if (why === 'left alone') {
  process.stderr.write('agent: nobody has spoken to it for too long\n');
  process.exit(1);
}
process.exit(0);
