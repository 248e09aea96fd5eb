import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensureTools, runProgram } from '../../tools/index.ts';
import { newClientKey } from '../../topology/derive/index.ts';
import { workloadOrder } from '../../verdict/index.ts';
import { clientKeyVariable } from '../recorder/arguments.ts';
import { archiveLoad, type OperatedLoad } from './operator.ts';

/** Takes every order, and keeps the keys that came, and who was said to send them. */
async function startTakingServer() {
  const keys: string[] = [];
  const senders = new Set<string | undefined>();
  const server = createServer((request, response) => {
    keys.push(String(request.headers['idempotency-key']));
    senders.add(request.headers.authorization);
    request.resume();
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    keys,
    senders,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('runners with segments and a key, as in a cluster, send every order once, as their client', async () => {
  const { k6 } = await ensureTools(['k6'], { env: process.env });
  await using server = await startTakingServer();
  const key = newClientKey();
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-operator-'));
  const phase = { name: 'up', startRate: 20, endRate: 60, durationMs: 3_000, isJudged: true };
  const load: OperatedLoad = {
    ...{ runId: 'operated', ordersPerRequest: 1, seed: 1, urls: [server.url], parallelism: 3 },
    shape: { name: 'up', phases: [phase] },
  };
  try {
    const archive = join(directory, 'archive.tar');
    await writeFile(archive, await archiveLoad(k6, load));
    // grafana/k6-operator, pkg/segmentation/segmentation.go.
    const segments = ['0:1/3', '1/3:2/3', '2/3:1'];
    const runs = segments.map((segment, at) =>
      runProgram(
        k6,
        [
          ...['run', '--quiet', '--no-usage-report', '--log-format=raw', '--address='],
          ...[`--execution-segment=${segment}`, '--execution-segment-sequence=0,1/3,2/3,1'],
          ...[`--console-output=${join(directory, `${at}.ndjson`)}`, archive],
        ],
        // The kubelet puts there what the Secret holds.
        { env: { HOME: directory, [clientKeyVariable]: key }, cwd: directory },
      ),
    );
    // However slow they were is the machine's affair; 99 is k6's word for that.
    for (const { exitCode, output } of await Promise.all(runs)) expect([0, 99], output).toContain(exitCode);
    const orders = Array.from({ length: 120 }, (_, index) => workloadOrder('operated', index).idempotencyKey);
    expect(server.keys.sort()).toEqual([...orders].sort());
    expect([...server.senders]).toEqual([`Bearer ${key}`]);
    const logs = await Promise.all(
      segments.map((_, at) => readFile(join(directory, `${at}.ndjson`), 'utf8')),
    );
    const requests = logs.map((log) =>
      [...log.matchAll(/"request":(\d+)/g)].map(([, request]) => Number(request)),
    );
    expect(requests.flat().sort((a, b) => a - b)).toEqual(orders.map((_, index) => index));
    for (const own of requests) expect(own.length).toBeGreaterThan(0);
    for (const log of logs) expect(log).not.toContain(key);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it('k6 says itself why it makes no archive', async () => {
  const { k6 } = await ensureTools(['k6'], { env: process.env });
  const shape = { name: 'none', phases: [] };
  const load = { runId: 'x', ordersPerRequest: 1, seed: 1, urls: [], parallelism: 1, shape };
  await expect(archiveLoad(k6, load)).rejects.toThrow(/k6 made no archive/);
});
