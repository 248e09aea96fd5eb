import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHistory } from '../../verdict/index.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { runRecorder } from '../recorder/run.ts';
import { closedLoop } from './phase.ts';

const inFlight = 4;

/** Answers each order after a while, and knows how many it held at most. */
async function startSlowServer() {
  const seen = { now: 0, most: 0 };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      seen.now += 1;
      seen.most = Math.max(seen.most, seen.now);
      setTimeout(() => {
        seen.now -= 1;
        response.writeHead(201, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ order_id: 'a'.repeat(32), status: 'accepted', position: 1 }));
      }, 5);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, close: () => server.close() };
}

it('keeps as many orders in flight as it is told, and never sends what was due too long ago', async () => {
  const server = await startSlowServer();
  const outDir = await mkdtemp(join(tmpdir(), 'stormproof-closed-loop-'));
  try {
    const { planned, finished } = await runRecorder({
      ...{ urls: [server.url], runId: 'closed-loop', clientId: workloadClientId, outDir },
      // Far beyond what four in flight at five milliseconds each can do.
      ...{ rate: 20_000, durationSeconds: 2, seed: 1 },
      limits: closedLoop(inFlight),
    });
    expect(server.seen.most).toBe(inFlight);
    expect(finished?.dropped).toBeGreaterThan(0);
    expect((finished?.attempted ?? 0) + (finished?.dropped ?? 0)).toBe(planned);
    let records = 0;
    for await (const batch of (await openHistory(outDir)).batches()) records += batch.length;
    expect(records).toBe(finished?.attempted);
  } finally {
    server.close();
    await rm(outDir, { recursive: true });
  }
});

it('has a connection for each order in flight', () => {
  for (const asked of [1, 512, 4_096]) {
    const { connectionsMax = 0, outstandingMax } = closedLoop(asked);
    expect(outstandingMax).toBe(asked);
    expect(connectionsMax).toBeGreaterThanOrEqual(asked);
  }
});
