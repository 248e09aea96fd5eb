import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
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
const folder = await mkdtemp(join(tmpdir(), 'stormproof-routes-'));
const runDir = join(folder, 'run');
const tools = await ensureTools(toolsNeeded({ topology, chaos: true }), { env: process.env });
const target = createLocalTarget({ topology, runDir, tools, chaos: true });

afterAll(async () => {
  await target.down({ deleteData: true });
  expect(findMarked(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

it('connects brokers with each other through their proxies only, and through all of them again after a restart', async () => {
  await target.up();
  const mesh = async () => {
    const { natsMonitor } = await target.addresses();
    const peers = await Promise.all(
      natsMonitor.map(async (monitor) => new Set((await readRoutes(monitor)).map(({ peer }) => peer)).size),
    );
    return peers;
  };
  await expect.poll(mesh, { timeout: 10_000 }).toEqual([2, 2, 2]);
  await target.kill('nats-1');
  await target.start('nats-1');
  await expect.poll(mesh, { timeout: 10_000 }).toEqual([2, 2, 2]);
});

it('is not ready with a broker that reaches another past its proxy', async () => {
  const proxies = await target.proxies('nats-nats');
  const between = proxies.filter(({ pair }) => pair?.from === 'nats-1' || pair?.to === 'nats-1');
  await target.kill('nats-1');
  // With these cut, its routes are those that it dials itself.
  for (const { api, proxy } of between) {
    await fetch(`${api}/proxies/${proxy}`, { method: 'POST', body: JSON.stringify({ enabled: false }) });
  }
  const config = join(runDir, 'config', 'nats-1.conf');
  let text = await readFile(config, 'utf8');
  for (const { through, past } of proxies) text = text.replace(`@${through}"`, `@${past}"`);
  await writeFile(config, text);
  await expect(target.start('nats-1')).rejects.toThrow(
    /routes of brokers lead past their proxies: nats-1 reaches nats-\d at 127\.0\.0\.1:\d+/,
  );
});
