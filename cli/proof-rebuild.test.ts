import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Target, TargetError } from '../targets/target.ts';
import { platform } from '../topology/index.ts';
import { killAndRebuild } from './proof-rebuild.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-rebuild-'));
  await writeFile(join(directory, 'projection.db'), '');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const never = new AbortController().signal;
const context = (signal: AbortSignal) =>
  ({ signal, terminal: { say: () => {} } }) as unknown as Parameters<typeof killAndRebuild>[1];

/** A platform of which every instance comes back at once, and order is ready when it is asked the third time. */
async function startPlatform(changes: Partial<Target> = {}) {
  const done: string[] = [];
  let asked = 0;
  const order = createServer((_request, response) => {
    response.writeHead(++asked < 3 ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => order.listen(0, '127.0.0.1', resolve));
  const { port } = order.address() as { port: number };
  const target = {
    topology: platform,
    instances: async (service: string) => [{ name: `${service}-0`, isReady: true }],
    kill: async (name: string) => void done.push(`kill ${name}`),
    start: async (name: string) => void done.push(`start ${name}`),
    dataDirectory: async () => directory,
    addresses: async () => ({ orderAdmin: [`http://127.0.0.1:${port}`] }),
    ...changes,
  } as unknown as Target;
  return { target, done, [Symbol.asyncDispose]: async () => void order.close() };
}

it('kills everything, deletes the projection, and starts brokers first and what rebuilds last', async () => {
  await using place = await startPlatform();
  expect(await killAndRebuild(place.target, context(never))).toBeGreaterThan(0);
  const names = ['nats', ...platform.services.map(({ name }) => name)].map((name) => `${name}-0`);
  expect(place.done.slice(0, names.length).sort()).toEqual(names.map((name) => `kill ${name}`).sort());
  const starts = place.done.slice(names.length);
  expect([starts[0], starts.at(-1)]).toEqual(['start nats-0', 'start order-0']);
  expect(starts).toHaveLength(names.length);
  expect(existsSync(join(directory, 'projection.db'))).toBe(false);
});

it('waits for what takes longer than a start may', async () => {
  const start = async () => {
    throw new TargetError('not-ready', 'it takes its time');
  };
  await using place = await startPlatform({ start });
  expect(await killAndRebuild(place.target, context(never))).toBeGreaterThan(0);
});

it('knows no time when somebody ends the waiting, and hides no other failure', async () => {
  const ended = new AbortController();
  ended.abort();
  const late = async () => {
    throw new TargetError('not-ready', 'it never is');
  };
  await using hanging = await startPlatform({ start: late });
  expect(await killAndRebuild(hanging.target, context(ended.signal))).toBeUndefined();
  const busy = async () => {
    throw new TargetError('busy', 'its port is taken');
  };
  await using blocked = await startPlatform({ start: busy });
  await expect(killAndRebuild(blocked.target, context(never))).rejects.toThrow('its port is taken');
});
