import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { digestOfKey } from '../../../topology/derive/client-keys.ts';
import { createLog } from '../../runtime/index.ts';
import { type Clients, openClients } from './clients.ts';

let directory: string;
let path: string;
let clients: Clients | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stormproof-clients-'));
  path = join(directory, 'clients.json');
});
afterEach(async () => {
  await clients?.stop();
  clients = undefined;
  await rm(directory, { recursive: true });
});

const log = createLog({ service: 'order', instance: 'test', level: 'silent' });
const open = (at: string | undefined = path) =>
  openClients({
    path: at,
    usagePath: join(directory, 'quotas.json'),
    log,
    nowMs: () => 0,
    onRefused: () => undefined,
    lookEveryMs: 5,
  });
const write = (...keys: string[]) =>
  writeFile(path, JSON.stringify({ clients: [{ id: 'shop', keys: keys.map(digestOfKey) }] }));

const isLetIn = (key: string) =>
  clients?.guard.identify({ headers: { authorization: `Bearer ${key}` } } as never) === undefined;

it('lets everybody in where there is no file, and says so', async () => {
  const warn = vi.spyOn(log, 'warn');
  clients = await openClients({
    path: undefined,
    usagePath: '',
    log,
    nowMs: () => 0,
    onRefused: () => undefined,
  });
  expect(clients.guard.isClosed).toBe(false);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('the API is open'));
});

it('follows the file, and keeps the last one that made sense', async () => {
  await write('one');
  clients = await open();
  expect([isLetIn('one'), isLetIn('two')]).toEqual([true, false]);
  await write('two');
  await vi.waitFor(() => expect([isLetIn('one'), isLetIn('two')]).toEqual([false, true]));
  const error = vi.spyOn(log, 'error');
  await writeFile(path, '{');
  await vi.waitFor(() => expect(error).toHaveBeenCalled());
  await rm(path);
  expect(isLetIn('two')).toBe(true);
  await write('three');
  await vi.waitFor(() => expect(isLetIn('three')).toBe(true));
});

it('does not start without the file that it was told of, or with one that makes no sense', async () => {
  await expect(open()).rejects.toThrow('ENOENT');
  await writeFile(path, '{}');
  await expect(open()).rejects.toThrow('clients file, clients');
});
