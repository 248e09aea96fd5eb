import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import type { Topology } from '../../topology/model.ts';
import { toyTopology } from './fixtures/topology.ts';
import { createLocalTarget, reapLocalTarget } from './index.ts';
import { findMarked, inspectProcess, spawnDetached } from './process.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-up-'));
const runDir = join(folder, 'run');
const tools = await ensureTools(['toxiproxy-server'], { env: process.env });
const options = { topology: toyTopology, runDir, tools, chaos: false };

/** Nothing but services. */
const brokerless: Topology = {
  ...toyTopology,
  brokers: { ...toyTopology.brokers, replicas: 0 },
  streams: [],
  consumers: [],
  edges: [],
};

afterAll(async () => {
  expect(findMarked(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

function instanceIn(environment: unknown): string | undefined {
  return (environment as Record<string, string>).STORMPROOF_INSTANCE;
}

describe('a platform that cannot start', () => {
  it('says which program is missing', async () => {
    const without = createLocalTarget({ ...options, tools: {}, overrides: { toy: 'nowhere.ts' } });
    const failure = without.up();
    await expect(failure).rejects.toMatchObject({ code: 'unsupported' });
    await expect(failure).rejects.toThrow(/nats-server is needed[\s\S]*the program of toy is missing/);
  });

  it('says which instance is not ready, why, and what it logged, and stops what it started', async () => {
    const sleepy = createLocalTarget({
      ...options,
      topology: brokerless,
      overrides: { toy: 'targets/local/fixtures/never-ready.ts' },
    });
    const failure = sleepy.up({ deadlineMs: 1_500 });
    await expect(failure).rejects.toMatchObject({ code: 'not-ready' });
    await expect(failure).rejects.toThrow(/toy-\d was not ready[\s\S]*dreams[\s\S]*waiting for its dreams/);
    expect((await sleepy.status()).phase).toBe('down');
    expect(findMarked(runDir)).toEqual([]);
  });
});

describe('a platform whose state file is damaged', () => {
  it('is not touched by a start, and ended by its marks', async () => {
    const place = join(folder, 'damaged');
    const target = createLocalTarget({ ...options, topology: brokerless, runDir: place });
    await target.up();
    await writeFile(join(place, 'state.json'), '{"version":1,');
    await expect(target.up()).rejects.toMatchObject({ code: 'damaged' });
    expect(await reapLocalTarget({ runDir: place })).toContain('toy-0');
    expect(findMarked(place)).toEqual([]);
    expect((await target.status()).phase).toBe('absent');
  });
});

describe('a platform whose edges pass through proxies', () => {
  const toy = toyTopology.services[0];
  if (toy === undefined) throw new Error('the fixture has no service');
  const one = { ...toy, replicas: { local: 1, kubernetes: 1 } };
  const proxied = createLocalTarget({
    ...options,
    topology: {
      ...brokerless,
      services: [
        { ...one, name: 'child' },
        { ...one, name: 'bear' },
      ],
      edges: [{ from: 'child', to: 'bear', protocol: 'http', deadlineMs: 1_000 }],
    },
    chaos: true,
    proxiedEdges: ['child-bear'],
  });

  afterAll(async () => {
    await proxied.down({ deleteData: true });
  });

  it('reaches the callee through its proxy, also after a restart of Toxiproxy', async () => {
    await proxied.up();
    const [child] = await proxied.instances('child');
    const environment = readFileSync(`/proc/${child?.pid}/environ`, 'utf8');
    const url = /STORMPROOF_BEAR_URL=([^\0]+)/.exec(environment)?.[1] ?? '';
    const answer = async () => instanceIn(await (await fetch(url)).json());
    expect(await answer()).toBe('bear-0');

    const [proxy] = await proxied.proxies('child-bear');
    expect(proxy?.proxy).toBe('child-bear');
    const disabled = JSON.stringify({ enabled: false });
    await fetch(`${proxy?.api}/proxies/child-bear`, { method: 'POST', body: disabled });
    await expect(answer()).rejects.toThrow('fetch failed');
    expect(await proxied.proxies('bear-child')).toEqual([]);

    await proxied.kill('toxiproxy-0');
    await proxied.start('toxiproxy-0');
    expect(await answer()).toBe('bear-0');
  });

  it('stops what a crashed start had left, recorded or not', async () => {
    const before = await proxied.status();
    const file = join(runDir, 'state.json');
    const state = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...state, phase: 'starting' }));
    const stray = await spawnDetached({
      argv: ['/bin/sleep', '60'],
      env: {},
      cwd: folder,
      logFile: join(folder, 'stray.log'),
      mark: `${runDir}#stray-0`,
    });

    const reaped: string[] = [];
    await proxied.up({
      onProgress: ({ instance, state: progress }) => {
        if (progress === 'reaped') reaped.push(instance);
      },
    });
    expect(reaped.sort()).toEqual(['bear-0', 'child-0', 'toxiproxy-0']);
    for (const { pid } of [...before.instances, stray.ref]) expect(inspectProcess(pid ?? 0)).toBeUndefined();
    expect((await proxied.status()).instances.every(({ isReady }) => isReady)).toBe(true);
    await proxied.down();
  });

  it('leaves nothing running when the start is given up', async () => {
    const givingUp = new AbortController();
    const failure = proxied.up({
      signal: givingUp.signal,
      onProgress: () => givingUp.abort(new Error('no longer wanted')),
    });
    await expect(failure).rejects.toThrow('no longer wanted');
    expect((await proxied.status()).phase).toBe('down');
    expect(findMarked(runDir)).toEqual([]);
  });
});
