import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { platform } from '../platform.ts';
import { portsNeeded, proxiesOf, renderNatsServerConfig } from './index.ts';

it.each([[[]], [['nats-nats']]])('nats-server accepts what is rendered with %j proxied', async (edges) => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  const folder = await mkdtemp(join(tmpdir(), 'stormproof-nats-'));
  const proxies = proxiesOf(platform, edges, 'local');
  const ports = Object.fromEntries(
    Object.entries(portsNeeded(platform, proxies)).map(([instance, names], index) => [
      instance,
      Object.fromEntries(names.map((name, offset) => [name, 20_000 + 10 * index + offset])),
    ]),
  );
  const config = join(folder, 'nats-0.conf');
  const text = renderNatsServerConfig(platform, {
    instance: 'nats-0',
    ports,
    proxies,
    clusterName: 'stormproof',
    storeDir: join(folder, 'store'),
  });
  await writeFile(config, text);
  try {
    await expect(promisify(execFile)(tools['nats-server'], ['-t', '-c', config])).resolves.toBeDefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
