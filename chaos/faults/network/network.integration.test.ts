import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Toxiproxy } from 'toxiproxy-node-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../../targets/target.ts';
import { ensureTools } from '../../../tools/index.ts';
import { completeRequest, type FaultKind } from '../../core/fault.ts';
import { bandwidth } from './bandwidth.ts';
import { halfOpen } from './half-open.ts';
import { jitter } from './jitter.ts';
import { latency } from './latency.ts';
import { reset } from './reset.ts';
import { slicer } from './slicer.ts';
import { stall } from './stall.ts';
import { proxiesSweep } from './sweep.ts';

/** A callee that answers at once, a real Toxiproxy before it, and a target that knows of one edge. */
let callee: Server;
let toxiproxy: ChildProcess;
let api: string;
let listen: string;
let upstream: string;
let target: Target;

beforeAll(async () => {
  const tools = await ensureTools(['toxiproxy-server'], { env: process.env });
  callee = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('ok'.repeat(100)));
  }).listen(0, '127.0.0.1');
  const port = await freePort();
  toxiproxy = spawn(tools['toxiproxy-server'], ['-host', '127.0.0.1', '-port', String(port)], {
    stdio: 'ignore',
  });
  api = `http://127.0.0.1:${port}`;
  const client = new Toxiproxy(api);
  while ((await client.getVersion().catch(() => undefined)) === undefined) await sleep(20);
  listen = `127.0.0.1:${await freePort()}`;
  upstream = `127.0.0.1:${(callee.address() as AddressInfo).port}`;
  await client.createProxy({ name: 'a-b', listen, upstream, enabled: true });
  target = {
    name: 'local',
    topology: {
      edges: [
        { from: 'a', to: 'b', protocol: 'http' },
        { from: 'b', to: 'c', protocol: 'nats-route' },
        { from: 'x', to: 'y', protocol: 'http' },
      ],
    },
    isForTests: true,
    proxies: (edge: string) =>
      Promise.resolve(edge === 'a-b' ? [{ api, proxy: 'a-b', through: listen, past: upstream }] : []),
  } as unknown as Target;
});

afterAll(() => {
  toxiproxy.kill('SIGKILL');
  callee.close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const edge = 'a-b';
const cases: readonly { readonly kind: FaultKind<never>; readonly request: object }[] = [
  { kind: latency, request: { edge, latencyMs: 200 } },
  { kind: jitter, request: { edge, spreadMs: 401 } },
  { kind: bandwidth, request: { edge, rateKbps: 50 } },
  { kind: slicer, request: { edge, pieceBytes: 20, pauseUs: 10_000 } },
  { kind: stall, request: { edge } },
  { kind: halfOpen, request: { edge } },
  { kind: reset, request: { edge } },
];

describe.each(cases)('$kind.name', ({ kind, request }) => {
  const resolve = () => kind.resolve(target, completeRequest(kind, request as never));

  test('is proven while it holds, and leaves nothing when healed', async () => {
    const victim = await resolve();
    const observation = await kind.observe(target, victim);
    await kind.inject(target, victim);
    expect(await observation.prove()).toMatchObject({ acted: true });
    expect(await kind.residue(target, victim)).not.toEqual([]);
    await kind.heal(target, victim);
    expect(await kind.residue(target, victim)).toEqual([]);
    expect(await (await kind.observe(target, victim)).prove()).toMatchObject({ acted: false });
  });

  test('is not proven when nothing was injected', async () => {
    const victim = await resolve();
    expect(await (await kind.observe(target, victim)).prove()).toMatchObject({ acted: false });
  });

  test('heals twice, and from the journal alone, after its proxy is gone', async () => {
    const victim = JSON.parse(JSON.stringify(await resolve()));
    await kind.inject(target, victim);
    await (await new Toxiproxy(api).get('a-b')).remove();
    await kind.heal(target, victim);
    await kind.heal(target, victim);
    expect(await kind.residue(target, victim)).toEqual([]);
  });

  test('heals the platform as it is now when its ports have changed since', async () => {
    const victim = await resolve();
    const elsewhere = {
      api: 'http://127.0.0.1:1',
      name: 'a-b',
      listen: '127.0.0.1:1',
      upstream: '127.0.0.1:1',
    };
    await kind.inject(target, victim);
    await kind.heal(target, { ...victim, proxies: [elsewhere] });
    expect(await kind.residue(target, victim)).toEqual([]);
    expect((await new Toxiproxy(api).get('a-b')).listen).toBe(listen);
  });
});

test('an edge that is unknown, cannot be probed or has no proxy is refused', async () => {
  await expect(stall.resolve(target, { edge: 'n-m' })).rejects.toThrow('no edge is called n-m');
  await expect(stall.resolve(target, { edge: 'b-c' })).rejects.toThrow(
    'nothing would prove it over nats-route',
  );
  await expect(stall.resolve(target, { edge: 'x-y' })).rejects.toThrow('passes through no proxy');
});

test('a sweep finds what nobody journaled, and heals it', async () => {
  await (await new Toxiproxy(api).get('a-b')).addToxic({
    ...{ name: 'stray', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 9 } },
  });
  expect(await proxiesSweep.look(target)).toEqual({
    looked: ['proxy a-b'],
    wrong: ['proxy a-b still has toxic stray'],
  });
  await proxiesSweep.heal(target);
  expect((await proxiesSweep.look(target)).wrong).toEqual([]);
});
