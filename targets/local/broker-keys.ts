import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { nkeys } from '@nats-io/nats-core';
import type { BrokerKeys } from '../../topology/derive/index.ts';
import { forgottenKey } from '../rotate-keys.ts';
import type { KeyFiles, Layout } from './layout.ts';

/** What the brokers' configuration is made from besides the topology. */
export type BrokerSecrets = {
  /** The public keys of each user, by its name. */
  readonly keys: Readonly<Record<string, BrokerKeys>>;
  /** What a broker must know to be one of the cluster. */
  readonly routePassword: string;
};

/**
 * Makes the keys that a run directory does not have yet, and tells those that the brokers must know. The other key of a
 * user is one whose seed nobody has kept: nobody is let in by it.
 *
 * To be called by whoever holds the run lock.
 */
export async function ensureBrokerKeys(
  { keys: files }: Pick<Layout, 'keys'>,
  users: readonly string[],
): Promise<BrokerSecrets> {
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  const known = await readPublicKeys(files);
  const keys: Record<string, BrokerKeys> = {};
  for (const user of users) {
    keys[user] = known[user] ?? [await createSeed(files.seed(user)), forgottenKey()];
  }
  await writeSecret(files.publicKeys, `${JSON.stringify({ ...known, ...keys }, undefined, 2)}\n`);
  const routePassword = await orAbsent(readFile(files.routePassword, 'utf8'));
  if (routePassword !== undefined) return { keys, routePassword };
  const made = randomBytes(32).toString('hex');
  await writeSecret(files.routePassword, made);
  return { keys, routePassword: made };
}

/** Makes a key, writes its seed to a file and tells its public part. */
async function createSeed(path: string): Promise<string> {
  const pair = nkeys.createUser();
  const key = pair.getPublicKey();
  await writeSecret(path, `${Buffer.from(pair.getSeed()).toString('latin1')}\n`);
  pair.clear();
  return key;
}

/** @returns by user; empty when there are none yet */
export async function readPublicKeys(files: KeyFiles): Promise<Readonly<Record<string, BrokerKeys>>> {
  return JSON.parse((await orAbsent(readFile(files.publicKeys, 'utf8'))) ?? '{}');
}

/** Whoever reads the file has all of the old text or all of the new one. */
export async function writeSecret(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}

async function orAbsent(reading: Promise<string>): Promise<string | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
