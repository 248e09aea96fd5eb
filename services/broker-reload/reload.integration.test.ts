import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import {
  brokerKeysFile,
  brokerStoreLimits,
  brokerUsersOf,
  renderBrokerKeys,
} from '../../topology/derive/index.ts';
import { renderClusterNatsConfig } from '../../topology/kubernetes/index.ts';
import type { Topology } from '../../topology/model.ts';
import { platform } from '../../topology/platform.ts';
import { loginOptions } from '../runtime/broker-login.ts';
import { freePort, run, until } from '../runtime/fixtures/processes.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-broker-reload-'));
const tools = await ensureTools(['nats-server'], { env: process.env });
const pidFile = join(folder, 'nats.pid');
const monitor = await freePort();
const client = await freePort();

/** The cluster's own configuration, on ports of loopback. */
function configOf(topology: Topology): string {
  return renderClusterNatsConfig(topology, { storeDir: join(folder, 'store'), pidFile })
    .replace('0.0.0.0:8222', `127.0.0.1:${monitor}`)
    .replace('0.0.0.0:4222', `127.0.0.1:${client}`)
    .replaceAll(/0\.0\.0\.0:\d+/g, '127.0.0.1:-1');
}

const key = () => nkeys.createUser().getPublicKey();

/** Exchanges the file as the kubelet does: a new folder, and a link that is moved onto the old one. */
async function publish(version: number, topology: Topology, operator = nkeys.createUser()): Promise<void> {
  const versioned = join(folder, `version-${version}`);
  await mkdir(versioned);
  await writeFile(join(versioned, 'nats.conf'), configOf(topology));
  for (const { name } of brokerUsersOf(topology)) {
    const own = name === 'operator' ? operator.getPublicKey() : key();
    await writeFile(join(versioned, brokerKeysFile(name)), renderBrokerKeys(name, [own, key()]));
  }
  await symlink(versioned, join(folder, 'next'));
  await rename(join(folder, 'next'), join(folder, 'config'));
}

/** What a broker that runs can become. */
const larger: Topology = {
  ...platform,
  brokers: { ...platform.brokers, replicas: 5, maxPayloadBytes: 2 * platform.brokers.maxPayloadBytes },
  streams: platform.streams.map((stream) => ({ ...stream, maxBytes: 2 * stream.maxBytes })),
};

const configFile = join(folder, 'config', 'nats.conf');
await publish(1, platform);
const broker = spawn(tools['nats-server'], ['--config', configFile], {
  env: { POD_NAME: 'nats-0' },
  stdio: 'ignore',
});
const ended = once(broker, 'exit');
const sidecar = run(process.execPath, [join(import.meta.dirname, 'main.ts')], {
  STORMPROOF_BROKER_CONFIG_FILE: configFile,
  STORMPROOF_BROKER_PID_FILE: pidFile,
  STORMPROOF_POLL_INTERVAL_MS: '50',
});

afterAll(async () => {
  await sidecar.end('SIGKILL');
  broker.kill('SIGKILL');
  await ended;
  await rm(folder, { recursive: true });
});

type Varz = {
  max_payload: number;
  start: string;
  cluster: { urls: string[] };
  jetstream: { config: { max_storage: number } };
};

async function settings() {
  const response = await fetch(`http://127.0.0.1:${monitor}/varz`);
  const { max_payload, start, cluster, jetstream } = (await response.json()) as Varz;
  const { max_storage: store } = jetstream.config;
  return { max_payload, store, routes: cluster.urls.length, started: start };
}

it('lets a broker take more brokers, larger messages and larger streams without a restart', async () => {
  await expect.poll(() => settings().catch(() => undefined), { timeout: 10_000 }).toBeDefined();
  await expect.poll(() => sidecar.output(), { timeout: 10_000 }).toContain('started');
  const before = await settings();
  const store = brokerStoreLimits(larger).fileBytes;
  await publish(2, larger);
  await expect
    .poll(settings, { timeout: 10_000 })
    .toEqual({ max_payload: 2 * before.max_payload, store, routes: 5, started: before.started });
});

it('lets users in by other keys without a restart, and cuts those off whose keys are no more', async () => {
  const [first, second] = [nkeys.createUser(), nkeys.createUser()];
  const connectBy = (user: typeof first) =>
    connect({
      ...loginOptions({ inboxPrefix: '_INBOX_operator', seed: () => user.getSeed() }),
      ...{ servers: `127.0.0.1:${client}`, reconnect: false },
    });
  await publish(3, larger, first);
  const connection = await until('the first key is let in', () => connectBy(first).catch(() => undefined));
  await publish(4, larger, second);
  await connection.closed();
  await expect(connectBy(first)).rejects.toThrow(/authorization/i);
  await (await connectBy(second)).close();
  expect(await sidecar.end('SIGTERM')).toBe(0);
});
