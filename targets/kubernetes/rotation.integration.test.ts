import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { nkeys } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reloadOnChange } from '../../services/broker-reload/reload.ts';
import { freePort, type RunningProcess, run, until } from '../../services/runtime/fixtures/processes.ts';
import { type BrokerLogin, createLog, createReadiness, loginOptions } from '../../services/runtime/index.ts';
import { connectNats } from '../../services/runtime/nats.ts';
import { ensureTools, makeAuthority, makeCertificate } from '../../tools/index.ts';
import {
  brokerKeysFile,
  brokersCertificate,
  brokerUsersOf,
  inboxPrefixOf,
  renderBrokerKeys,
} from '../../topology/derive/index.ts';
import {
  brokerAuthority,
  brokerCertificateOf,
  brokerKeysOf,
  clusterCertificatesOf,
  renderClusterNatsConfig,
} from '../../topology/kubernetes/index.ts';
import { platform } from '../../topology/platform.ts';
import { brokerLoginOf } from './broker-login.ts';
import { clusterCertificates } from './broker-secrets.ts';
import type { Cluster } from './cluster.ts';
import { createMountedSecrets } from './fixtures/mounted-secrets.ts';
import { rotateClusterKeys } from './rotation.ts';

const log = createLog({ service: 'test', instance: 'test', level: 'silent' });
const folder = await mkdtemp(join(tmpdir(), 'stormproof-rotation-'));
const tools = await ensureTools(['nats-server'], { env: process.env });
const ports = { client: await freePort(), cluster: await freePort(), monitor: await freePort() };
const users = brokerUsersOf(platform).map(({ name }) => name);
const oneBroker = { ...platform, brokers: { ...platform.brokers, replicas: 1 } };
const { cluster, mount } = createMountedSecrets('shop', ['nats-0']);
const certificates = clusterCertificates(cluster, platform);
const ended = new AbortController();
const brokerDir = join(folder, 'broker', 'config');
const orderDir = join(folder, 'order', 'login');
let broker: RunningProcess;

/** What `pulumi up` fills Secrets with. */
async function fillSecrets(): Promise<void> {
  const authority = await makeAuthority('first', process.env);
  await cluster.writeSecret(brokerAuthority.secret, {
    [brokerAuthority.cert]: authority.cert,
    [brokerAuthority.key]: authority.key,
  });
  for (const spec of clusterCertificatesOf(platform, 'shop')) {
    const { secret, ...keys } = brokerCertificateOf(spec.name);
    const { cert, key } = await makeCertificate(spec, authority, process.env);
    await cluster.writeSecret(secret, { [keys.cert]: cert, [keys.key]: key, [keys.ca]: authority.cert });
  }
  for (const user of users) {
    const own = nkeys.createUser();
    const place = brokerKeysOf(user);
    await cluster.writeSecret(place.secret, {
      [place.seed]: Buffer.from(own.getSeed()).toString('latin1'),
      [place.publicKeys]: renderBrokerKeys(user, [own.getPublicKey(), nkeys.createUser().getPublicKey()]),
    });
  }
}

const certificateFiles = (name: string) => {
  const { secret, cert, key, ca } = brokerCertificateOf(name);
  return Object.fromEntries([cert, key, ca].map((file) => [file, [secret, file] as const]));
};

const filesIn = (directory: string) => ({
  certFile: join(directory, 'tls.crt'),
  keyFile: join(directory, 'tls.key'),
  caFile: join(directory, 'ca.crt'),
});

beforeAll(async () => {
  await fillSecrets();
  await mkdir(join(folder, 'run'));
  const pidFile = join(folder, 'run', 'nats.pid');
  // With a cluster, so that routes are spoken to, of which this broker is the only member.
  const config = renderClusterNatsConfig(platform, {
    ...{ storeDir: join(folder, 'store'), pidFile, tls: filesIn(brokerDir) },
  })
    .replace('0.0.0.0:4222', `127.0.0.1:${ports.client}`)
    .replace('0.0.0.0:6222', `127.0.0.1:${ports.cluster}`)
    .replace('0.0.0.0:8222', `127.0.0.1:${ports.monitor}`);
  const publicKeys = users.map((user) => {
    const { secret, publicKeys: key } = brokerKeysOf(user);
    return [brokerKeysFile(user), [secret, key]] as const;
  });
  await mount({
    directory: brokerDir,
    files: { ...Object.fromEntries(publicKeys), ...certificateFiles(brokersCertificate) },
    fixed: { 'nats.conf': config },
  });
  const { secret, seed } = brokerKeysOf('order');
  await mount({ directory: orderDir, files: { [seed]: [secret, seed], ...certificateFiles('order') } });
  const configFile = join(brokerDir, 'nats.conf');
  broker = run(tools['nats-server'], ['--config', configFile], { POD_NAME: 'nats-0' });
  await until('the broker lets in the operator', async () => {
    await (await connectBy(await login('operator'))).close();
    return true;
  });
  void reloadOnChange({ configFile, pidFile, intervalMs: 20, log, signal: ended.signal });
});

afterAll(async () => {
  ended.abort();
  await broker?.end('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const login = (user: string) => brokerLoginOf(cluster as Cluster, { user, hasTls: true });
const connectBy = (by: BrokerLogin) =>
  connect({ servers: `127.0.0.1:${ports.client}`, reconnect: false, ...loginOptions(by) });

/** Says as a broker would what it has to say at the cluster's port. @returns what it is answered until the end */
async function knockAsBroker(name: string): Promise<string> {
  const [own, authority] = await Promise.all([certificates.certificate(name), certificates.authority()]);
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const info = {
    server_id: 'X',
    server_name: 'nats-1',
    cluster: 'stormproof',
    headers: true,
    jetstream: true,
  };
  const socket = connectTls({ host: '127.0.0.1', port: ports.cluster, ...own, ca: authority.cert })
    .on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
      if (/\nPING\r\n/.test(answer)) socket.end();
    })
    .on('error', () => resolve(answer))
    .on('close', () => resolve(answer));
  socket.setTimeout(5_000, () => socket.destroy());
  socket.write(`CONNECT ${JSON.stringify({ name: 'nats-1', cluster: 'stormproof' })}\r\n`);
  socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  return promise;
}

describe('the brokers of a namespace that speak TLS', () => {
  it('take nobody for a broker who has the certificate of a user', async () => {
    expect(await knockAsBroker('order')).toContain('Authorization Violation');
    expect(await knockAsBroker(brokersCertificate)).not.toContain('Authorization Violation');
  });

  it('have other keys and certificates after a rotation, to which whoever is connected has changed', async () => {
    const stolen = await login('operator');
    const first = await cluster.secret(brokerAuthority.secret);
    const service = await connectNats({
      brokers: {
        ...{ natsUrls: [`nats://127.0.0.1:${ports.client}`], natsInboxPrefix: inboxPrefixOf('order') },
        natsNkeyFile: join(orderDir, brokerKeysOf('order').seed),
        natsCertFile: join(orderDir, 'tls.crt'),
        ...{ natsKeyFile: join(orderDir, 'tls.key'), natsCaFile: join(orderDir, 'ca.crt') },
      },
      ...{ name: 'order-0', log, readiness: createReadiness(['nats']) },
    });
    const parts = {
      cluster: cluster as Cluster,
      platform: {
        stack: 'toy',
        topology: oneBroker,
        proxies: [],
        isForTests: true,
        tls: true,
        deployment: '1',
      },
      reach: {
        instance: async (_service: string, _ordinal: number, port: string) =>
          `127.0.0.1:${ports[port as keyof typeof ports]}`,
        service: async () => '',
        close: async () => undefined,
      },
    } as const;
    const rotated = await rotateClusterKeys(parts, { holder: 'test' }, process.env);
    expect(rotated).toEqual({ users, cutOff: [] });
    await service.flush();
    await service.close();

    const fresh = await login('operator');
    await (await connectBy(fresh)).close();
    const { cert, key } = stolen.tls as { cert: string; key: string };
    await expect(connectBy({ ...fresh, seed: stolen.seed ?? (() => new Uint8Array()) })).rejects.toThrow();
    await expect(connectBy({ ...fresh, tls: { ...fresh.tls, cert, key } })).rejects.toThrow();
    await expect(connectBy({ ...fresh, tls: { ...fresh.tls, ca: stolen.tls?.ca ?? '' } })).rejects.toThrow();
    expect(await cluster.secret(brokerAuthority.secret)).not.toEqual(first);
    // And once more, from where the first one has ended.
    expect(await rotateClusterKeys(parts, { holder: 'test' }, process.env)).toEqual(rotated);
  });
});
