import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loginOptions } from '../../../services/runtime/index.ts';
import { connectToBrokers } from '../../../targets/brokers.ts';
import { toyTopology } from '../../../targets/local/fixtures/topology.ts';
import { createLocalTarget } from '../../../targets/local/index.ts';
import { readRoutes } from '../../../targets/routes.ts';
import { createAuthority, createCertificate, ensureTools } from '../../../tools/index.ts';
import { converse } from './dialogue.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-tls-'));
const runDir = join(folder, 'run');
const tools = await ensureTools(['nats-server'], { env: process.env });
const target = createLocalTarget({
  topology: { ...toyTopology, services: [], consumers: [] },
  ...{ runDir, tools, chaos: false, tls: true },
});

beforeAll(() => target.up());

afterAll(async () => {
  await target.down({ deleteData: true });
  await rm(folder, { recursive: true });
});

const addressOf = async () => new URL((await target.addresses()).nats[0] ?? '').host;
const login = async () => {
  const own = await target.brokerLogin?.('toy');
  if (own === undefined) throw new Error('the target lets everybody in');
  return own;
};

describe('brokers that speak TLS', () => {
  it('take messages from who has a certificate and a key, and keep them on each other', async () => {
    const connection = await connectToBrokers(target, { user: 'toy' });
    expect((await jetstream(connection).publish('toys', 'a bear')).stream).toBe('TOYS');
    await connection.close();
    const { natsMonitor } = await target.addresses();
    const peers = (await readRoutes(natsMonitor[0] ?? '')).map(({ peer }) => peer);
    expect(new Set(peers)).toEqual(new Set(['nats-1', 'nats-2']));
  });

  it('refuse who has no certificate, or one of another authority, whatever key they have', async () => {
    const { tls: _, ...withoutTls } = await login();
    const options = { servers: await addressOf(), reconnect: false };
    await expect(connect({ ...options, ...loginOptions(withoutTls) })).rejects.toThrow();
    const { tls, ...key } = await login();
    const uncertified = { caFile: tls?.caFile ?? '' };
    await expect(connect({ ...options, ...loginOptions({ ...key, tls: uncertified }) })).rejects.toThrow();
    const foreign = { directory: folder, env: process.env };
    await createAuthority('other', foreign);
    await createCertificate({ name: 'toy', usages: ['clientAuth'] }, 'other', foreign);
    const forged = {
      ...uncertified,
      certFile: join(folder, 'toy.crt'),
      keyFile: join(folder, 'toy.key'),
    };
    await expect(connect({ ...options, ...loginOptions({ ...key, tls: forged }) })).rejects.toThrow();
  });

  it('are not believed by a client that knows another authority', async () => {
    const { tls, ...key } = await login();
    const deceived = { ...tls, caFile: join(folder, 'other.crt') };
    const options = { servers: await addressOf(), reconnect: false };
    await expect(connect({ ...options, ...loginOptions({ ...key, tls: deceived }) })).rejects.toThrow(
      /certificate/,
    );
  });

  it('let no route in without a certificate', async () => {
    const state = await target.addresses();
    const { cluster } = (await (await fetch(`${state.natsMonitor[0]}/varz`)).json()) as {
      readonly cluster: { readonly cluster_port: number; readonly addr: string };
    };
    const [host, port] = [cluster.addr, cluster.cluster_port];
    const said = await new Promise<string>((resolve) => {
      const secured = connectTls({ host, port, rejectUnauthorized: false });
      secured.on('data', (bytes) => resolve(`said ${bytes.toString('latin1')}`));
      secured.on('error', ({ message }) => resolve(message));
      secured.on('close', () => resolve('closed'));
    });
    expect(said).not.toMatch(/^said/);
    const probe = { timeoutMs: 10_000, login: await login() };
    expect(await converse('nats-route', `${host}:${port}`, probe)).toMatchObject({ answered: true });
  });

  it('answer a probe that may come in, and no other', async () => {
    const options = { timeoutMs: 10_000 };
    expect(await converse('nats', await addressOf(), { ...options, login: await login() })).toMatchObject({
      answered: true,
    });
    expect(await converse('nats', await addressOf(), options)).toMatchObject({ answered: false });
  });

  it('have keys that only this user can read', async () => {
    const modeOf = async (path: string) => (await stat(join(runDir, path))).mode & 0o077;
    for (const path of [
      'keys',
      'keys/tls/brokers.key',
      'keys/tls/ca.key',
      'keys/toy.nk',
      'config/nats-0.conf',
    ]) {
      expect(await modeOf(path)).toBe(0);
    }
  });
});
