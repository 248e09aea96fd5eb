import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nkeys } from '@nats-io/nats-core';
import { expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { platform } from '../platform.ts';
import {
  brokerKeysFile,
  brokerUsersOf,
  portsNeeded,
  proxiesOf,
  renderBrokerKeys,
  renderNatsServerConfig,
} from './index.ts';

const publicKey = () => nkeys.createUser().getPublicKey();

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
    routePassword: 'a-password',
  });
  await writeFile(config, text);
  for (const { name } of brokerUsersOf(platform)) {
    await writeFile(join(folder, brokerKeysFile(name)), renderBrokerKeys(name, [publicKey(), publicKey()]));
  }
  try {
    await expect(promisify(execFile)(tools['nats-server'], ['-t', '-c', config])).resolves.toBeDefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
