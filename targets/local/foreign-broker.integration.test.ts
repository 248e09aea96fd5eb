import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import type { Topology } from '../../topology/model.ts';
import { readRoutes } from '../routes.ts';
import { toyTopology } from './fixtures/topology.ts';
import { createLocalTarget, toolsNeeded } from './index.ts';
import { findMarked } from './process.ts';

const topology: Topology = {
  ...toyTopology,
  services: [],
  consumers: [],
  edges: toyTopology.edges.filter(({ protocol }) => protocol === 'nats-route'),
};
const folder = await mkdtemp(join(tmpdir(), 'stormproof-foreign-'));
const runDir = join(folder, 'run');
const tools = await ensureTools(toolsNeeded({ topology, chaos: false }), { env: process.env });
const target = createLocalTarget({ topology, runDir, tools, chaos: false });

beforeAll(async () => {
  await target.up();
  await target.kill('nats-1');
});
afterAll(async () => {
  await target.down({ deleteData: true });
  expect(findMarked(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

/** Runs a broker of another platform where nats-1 was, for as long as the body lasts. */
async function withForeigner(clusterName: (own: string) => string, body: () => Promise<void>): Promise<void> {
  const text = await readFile(join(runDir, 'config', 'nats-1.conf'), 'utf8');
  // Beside the files that it includes.
  const config = join(runDir, 'config', 'foreign.conf');
  const foreign = text
    .replace(/name: "(stormproof[^"]*)"/, (_, own: string) => `name: "${clusterName(own)}"`)
    .replace(/store_dir: .*/, `store_dir: ${JSON.stringify(join(folder, 'foreign'))}`)
    .replace('server_name: "nats-1"', 'server_name: "foreigner"');
  await writeFile(config, foreign);
  const broker = spawn(tools['nats-server'], ['-c', config], { stdio: 'ignore' });
  try {
    await body();
  } finally {
    const exited = broker.exitCode === null ? once(broker, 'exit') : undefined;
    broker.kill('SIGKILL');
    await exited;
  }
}

const peersOfFirst = async () => {
  const { natsMonitor } = await target.addresses();
  return new Set((await readRoutes(natsMonitor[0] ?? '')).map(({ peer }) => peer));
};

it('takes in no broker of another platform that got a port of one that is down', async () => {
  await withForeigner(
    (own) => `${own}-not`,
    async () => {
      const { natsMonitor } = await target.addresses();
      const monitor = natsMonitor[1] ?? '';
      await expect.poll(() => fetch(`${monitor}/varz`).then(({ ok }) => ok), { timeout: 10_000 }).toBe(true);
      // Routes are tried again every second.
      const seen = new Set<string>();
      for (const until = Date.now() + 4_000; Date.now() < until; ) {
        for (const peer of await peersOfFirst()) seen.add(peer);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect([...seen]).toEqual(['nats-2']);
    },
  );
});

it('would take it in by the same name', async () => {
  await withForeigner(
    (own) => own,
    async () => {
      await expect.poll(async () => [...(await peersOfFirst())], { timeout: 10_000 }).toContain('foreigner');
    },
  );
});
