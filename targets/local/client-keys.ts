import { mkdir, readFile } from 'node:fs/promises';
import { digestOfKey, loadClient, newClientKey, renderClients } from '../../topology/derive/client-keys.ts';
import { TargetError } from '../target.ts';
import { writeSecret } from './broker-keys.ts';
import type { Layout } from './layout.ts';

/**
 * Makes the key of Stormproof's own client, and the clients file of the order service with it, where a run directory does not
 * have them yet. A clients file that somebody has added clients to stays as it is.
 *
 * To be called by whoever holds the run lock.
 *
 * @throws TargetError `unsupported` when there is a clients file that lets that key in no more
 */
export async function ensureClientKeys({ keys: files }: Pick<Layout, 'keys'>): Promise<void> {
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  const path = files.clientKey(loadClient);
  const [known, clients] = await Promise.all([readIfThere(path), readIfThere(files.clientsFile)]);
  const key = known?.trim() ?? newClientKey();
  if (clients === undefined) {
    await writeSecret(path, `${key}\n`);
    await writeSecret(files.clientsFile, renderClients([{ id: loadClient, key }]));
  } else if (known === undefined || !clients.includes(digestOfKey(key))) {
    throw new TargetError(
      'unsupported',
      `${files.clientsFile} lets the key in ${path} in no more, by which load is sent as ${loadClient}; ` +
        'put its SHA-256 there, or remove the clients file to have another made',
    );
  }
}

/** @throws TargetError `unsupported` where a run directory has no key of that client */
export async function readClientKey({ keys: files }: Pick<Layout, 'keys'>, client: string): Promise<string> {
  const path = files.clientKey(client);
  const key = await readIfThere(path);
  if (key === undefined)
    throw new TargetError('unsupported', `there is no key of the client ${client} (${path})`);
  return key.trim();
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
