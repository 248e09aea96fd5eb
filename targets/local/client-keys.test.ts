import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { digestOfKey, loadClient } from '../../topology/derive/client-keys.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { ensureClientKeys, readClientKey } from './client-keys.ts';
import { type Layout, layoutOf } from './layout.ts';

let layout: Layout;
beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), 'stormproof-client-keys-')));
});
afterEach(() => rm(layout.runDir, { recursive: true }));

const readFileOfClients = () => readFile(layout.keys.clientsFile, 'utf8');

it('makes the key that load is sent with, once, readable by nobody else', async () => {
  await ensureClientKeys(layout);
  const key = await readClientKey(layout, workloadClientId);
  expect(JSON.parse(await readFileOfClients())).toEqual({
    clients: [{ id: workloadClientId, keys: [digestOfKey(key)] }],
  });
  for (const path of [layout.keys.clientsFile, layout.keys.clientKey(loadClient)]) {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }
  await ensureClientKeys(layout);
  expect(await readClientKey(layout, workloadClientId)).toBe(key);
});

it('leaves clients alone that somebody has added, and says when load would not be let in', async () => {
  await ensureClientKeys(layout);
  const { clients } = JSON.parse(await readFileOfClients()) as { clients: object[] };
  const more = JSON.stringify({ clients: [...clients, { id: 'shop', ordersPerSecond: 5 }] });
  await writeFile(layout.keys.clientsFile, more);
  await ensureClientKeys(layout);
  expect(await readFileOfClients()).toBe(more);
  await writeFile(layout.keys.clientsFile, '{"clients":[]}');
  await expect(ensureClientKeys(layout)).rejects.toThrow('lets the key in');
  await expect(readClientKey(layout, 'shop')).rejects.toThrow('no key of the client shop');
});
