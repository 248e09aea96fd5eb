import { readFileSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { connectToBrokers } from '../brokers.ts';
import { toyTopology } from './fixtures/topology.ts';
import { attachLocalTarget, createLocalTarget, type LocalTarget } from './index.ts';
import { isPortFree } from './ports.ts';
import { findMarked, inspectProcess } from './process.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-local-'));
const runDir = join(folder, 'run');
const tools = await ensureTools(['nats-server'], { env: process.env });
const options = { topology: toyTopology, runDir, tools, chaos: false };
const target = createLocalTarget(options);

afterAll(async () => {
  await target.down({ deleteData: true });
  expect(findMarked(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

/** What a run directory says about its ports and processes. */
function recorded(): { readonly ports: readonly number[]; readonly pids: readonly number[] } {
  const state = JSON.parse(readFileSync(join(runDir, 'state.json'), 'utf8'));
  const instances = Object.values<{ ports: number[]; process: { pid: number } }>(state.instances);
  return {
    ports: instances.flatMap((instance) => instance.ports),
    pids: instances.map((instance) => instance.process.pid),
  };
}

async function environmentOfToy(of: LocalTarget, ordinal: number): Promise<Record<string, string>> {
  const { pid } = (await of.instances('toy'))[ordinal] ?? {};
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(variables.map((variable) => variable.split('=', 2)));
}

describe('a platform with a service that exists in topology rows only', () => {
  const started: string[] = [];

  beforeAll(async () => {
    await target.up({
      onProgress: ({ instance, state }) => {
        if (state === 'ready') started.push(instance);
      },
    });
  });

  it('starts every instance, and the service after its streams', () => {
    expect([...started].sort()).toEqual(['nats-0', 'nats-1', 'nats-2', 'provision', 'toy-0', 'toy-1']);
    expect(started.indexOf('provision')).toBeGreaterThan(started.indexOf('nats-2'));
    expect(started.indexOf('provision')).toBeLessThan(started.indexOf('toy-0'));
  });

  it('is ready, with processes that are accounted for', async () => {
    const { phase, instances } = await target.status();
    expect(phase).toBe('up');
    for (const instance of instances) {
      expect(instance).toMatchObject({ state: 'running', isReady: true, missing: [] });
      expect(instance.rssBytes).toBeGreaterThan(1_000_000);
      expect(instance.cpuUs).toBeGreaterThan(0);
    }
  });

  it('gives the service the environment that its rows say, and nothing of ours', async () => {
    const environment = await environmentOfToy(target, 1);
    const { nats } = await target.addresses();
    expect(environment).toMatchObject({
      STORMPROOF_INSTANCE: 'toy-1',
      STORMPROOF_DATA_DIR: join(runDir, 'data', 'toy-1'),
      STORMPROOF_NATS_URL: nats.join(','),
      TOY_COLOUR: 'red',
    });
    expect(environment).not.toHaveProperty('HOME');
    await access(environment.STORMPROOF_DATA_DIR ?? '');
  });

  it('has the streams and consumers of its topology', async () => {
    const connection = await connectToBrokers(target);
    const manager = await jetstreamManager(connection);
    const stream = await manager.streams.info('TOYS');
    expect(stream.config).toMatchObject({ num_replicas: 3, discard: 'new', allow_direct: false });
    expect((await manager.consumers.info('TOYS', 'toy-box')).config.max_ack_pending).toBe(16);
    await connection.close();
  });

  it('listens below the ephemeral range', () => {
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const low = Number(range.trim().split(/\s+/)[0]);
    for (const port of recorded().ports) expect(port).toBeLessThan(low);
  });

  it('goes on when it is brought up again, also by another program', async () => {
    const before = recorded();
    const attached = await attachLocalTarget({ runDir });
    await attached.up();
    expect(recorded()).toEqual(before);
  });

  it('is not replaced by a platform with other settings', async () => {
    const other = createLocalTarget({ ...options, settings: { toy: { TOY_COLOUR: 'blue' } } });
    await expect(other.up()).rejects.toMatchObject({ name: 'TargetError', code: 'busy' });
  });

  it('refuses a second program that starts or stops it at the same time', async () => {
    const attached = await attachLocalTarget({ runDir });
    const outcomes = await Promise.allSettled([target.up(), attached.up()]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'busy' });
    expect(String(refused[0]?.reason)).toContain(`process ${process.pid}`);
  });

  it('ends a killed instance, and starts it again where it was', async () => {
    const [before] = await target.instances('toy');
    await target.kill('toy-0');
    expect((await target.instances('toy'))[0]).toMatchObject({ state: 'stopped', isReady: false });
    expect(inspectProcess(before?.pid ?? 0)).toBeUndefined();
    await expect(target.kill('toy-0')).rejects.toMatchObject({ code: 'not-running' });
    await target.start('toy-0');
    const [after] = await target.instances('toy');
    expect(after).toMatchObject({ state: 'running', isReady: true });
    expect(after?.pid).not.toBe(before?.pid);
  });

  it('says so when another program took the port of a killed instance', async () => {
    const { STORMPROOF_HTTP_LISTEN: address = '' } = await environmentOfToy(target, 0);
    await target.kill('toy-0');
    const squatter = createServer();
    await new Promise<void>((resolve) => {
      squatter.listen(Number(address.split(':')[1]), '127.0.0.1', resolve);
    });
    await expect(target.start('toy-0')).rejects.toThrow(`toy-0 cannot listen on ${address}`);
    await new Promise((resolve) => squatter.close(resolve));
    await target.start('toy-0');
  });

  it('pauses an instance without ending it, and lets it go on', async () => {
    await target.pause('toy-1');
    expect((await target.instances('toy'))[1]).toMatchObject({
      state: 'paused',
      isReady: false,
      missing: ['paused'],
    });
    await target.resume('toy-1');
    expect((await target.instances('toy'))[1]).toMatchObject({ state: 'running', isReady: true });
  });

  it('asks an instance to end', async () => {
    const { wasKilled } = await target.terminate('toy-1', 10_000);
    expect(wasKilled).toBe(false);
    await target.start('toy-1');
  });

  it('kills an instance that does not end in time', async () => {
    const { STORMPROOF_HTTP_LISTEN: address = '' } = await environmentOfToy(target, 1);
    await fetch(`http://${address}/stubborn`);
    await target.pause('toy-1');
    const { wasKilled } = await target.terminate('toy-1', 200);
    expect(wasKilled).toBe(true);
    await target.start('toy-1');
  });

  it('brings a killed broker back until it is current', async () => {
    await target.kill('nats-1');
    await target.start('nats-1');
    expect((await target.instances('nats'))[1]).toMatchObject({ isReady: true });
  });

  it('knows no service and no instance by any other name', async () => {
    await expect(target.instances('order')).rejects.toMatchObject({ code: 'unknown-service' });
    await expect(target.kill('toy-7')).rejects.toMatchObject({ code: 'unknown-instance' });
    await expect(target.start('toy-7')).rejects.toMatchObject({ code: 'unknown-instance' });
  });

  it('keeps acknowledged messages through the SIGKILL of everything', async () => {
    const connection = await connectToBrokers(target);
    const ack = await jetstream(connection).publish('toys', 'a bear');
    await connection.close();
    for (const pid of recorded().pids) process.kill(pid, 'SIGKILL');

    const later = createLocalTarget(options);
    await later.up();
    const again = await connectToBrokers(later);
    const message = await (await jetstreamManager(again)).streams.getMessage('TOYS', { seq: ack.seq });
    expect(message?.string()).toBe('a bear');
    await again.close();
  });

  it('repairs what others changed about its streams and consumers', async () => {
    const connection = await connectToBrokers(target);
    const manager = await jetstreamManager(connection);
    await manager.consumers.update('TOYS', 'toy-box', { max_ack_pending: 3 });
    await manager.streams.update('TOYS', { duplicate_window: 60e9, max_age: 3_600e9 });
    await target.up();
    expect((await manager.consumers.info('TOYS', 'toy-box')).config.max_ack_pending).toBe(16);
    const { config } = await manager.streams.info('TOYS');
    expect(config).toMatchObject({ duplicate_window: 120e9, max_age: 0 });
    await connection.close();
  });

  it('does not start where the topology asks for what would lose messages, and says so', async () => {
    await target.down();
    const streams = toyTopology.streams.map((stream) => ({ ...stream, storage: 'memory' as const }));
    const forgetful = createLocalTarget({ ...options, topology: { ...toyTopology, streams } });
    const failure = forgetful.up();
    await expect(failure).rejects.toMatchObject({ code: 'not-ready' });
    await expect(failure).rejects.toThrow(/stream TOYS refused/);
    expect((await target.status()).phase).toBe('down');
    await target.up();
  });

  it('leaves no process, port or directory when its data is deleted', async () => {
    const { ports, pids } = recorded();
    const stopped: string[] = [];
    await target.down({
      deleteData: true,
      onProgress: ({ instance, state }) => {
        if (state !== 'stopping') stopped.push(`${instance} ${state}`);
      },
    });
    expect(stopped.slice(0, 2).sort()).toEqual(['toy-0 stopped', 'toy-1 stopped']);
    expect(pids.map(inspectProcess)).toEqual(pids.map(() => undefined));
    expect(findMarked(runDir)).toEqual([]);
    for (const port of ports) expect(await isPortFree(port)).toBe(true);
    await expect(access(runDir)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(attachLocalTarget({ runDir })).rejects.toMatchObject({ code: 'not-running' });
  });
});
