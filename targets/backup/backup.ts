import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { StreamSpec } from '../../topology/model.ts';
import type { Target } from '../target.ts';
import { BackupError } from './errors.ts';
import { copyLedger } from './ledger.ts';
import { type BackupManifest, type ConsumerBackup, manifestPath, type StreamBackup } from './manifest.ts';
import { writeSnapshot } from './snapshot.ts';

/** Effects before causes; the provider's ledger is copied before the streams of `orders`. */
const turnOf: Readonly<Record<StreamSpec['holds'], 1 | 2>> = {
  outcomes: 1,
  'dead-letters': 1,
  advisories: 1,
  orders: 2,
};

/**
 * Backs a running platform up into a new directory, which exists only when everything is in it.
 *
 * @param options.connection to the target's brokers, as an operator; the caller closes it
 * @throws BackupError `exists` when the directory does, `damaged` when messages of a stream are, `refused`
 */
export async function createBackup(options: {
  readonly target: Target;
  readonly connection: NatsConnection;
  readonly directory: string;
  readonly onProgress?: (step: string) => void;
  readonly signal?: AbortSignal;
}): Promise<BackupManifest> {
  const directory = resolve(options.directory);
  if (await exists(directory)) {
    throw new BackupError('exists', `${directory} exists; a backup goes into a directory of its own`);
  }
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  try {
    const manifest = await fill(unfinished, options);
    await rename(unfinished, directory);
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  directory: string,
  { target, connection, signal, onProgress = () => {} }: Parameters<typeof createBackup>[0],
): Promise<BackupManifest> {
  const startedAt = new Date().toISOString();
  const snapshotsOf = async (turn: 1 | 2): Promise<readonly StreamBackup[]> => {
    const taken: StreamBackup[] = [];
    for (const { name } of target.topology.streams.filter(({ holds }) => turnOf[holds] === turn)) {
      onProgress(`stream ${name}`);
      const file = `${name}.snapshot`;
      taken.push({
        stream: name,
        file,
        ...(await writeSnapshot(connection, name, join(directory, file), signal)),
      });
    }
    return taken;
  };

  const consumers = await readFloors(target, connection);
  const effects = await snapshotsOf(1);
  signal?.throwIfAborted();
  const ledger = await backUpLedger(target, directory, onProgress);
  const causes = await snapshotsOf(2);
  const manifest: BackupManifest = {
    version: 1,
    startedAt,
    endedAt: new Date().toISOString(),
    target: target.description,
    consumers,
    streams: [...effects, ...causes],
    ...(ledger === undefined ? {} : { ledger }),
  };
  await writeFile(manifestPath(directory), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  return manifest;
}

async function readFloors(target: Target, connection: NatsConnection): Promise<readonly ConsumerBackup[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return Promise.all(
    target.topology.consumers.map(async ({ stream, name }) => {
      const { ack_floor } = await manager.consumers.info(stream, name);
      return { stream, consumer: name, ackFloor: ack_floor.stream_seq };
    }),
  );
}

/** @returns undefined where the provider's files are out of reach: in a cluster, or at a real provider */
async function backUpLedger(
  target: Target,
  directory: string,
  onProgress: (step: string) => void,
): Promise<BackupManifest['ledger']> {
  const provider = await findLedger(target);
  if (provider === undefined) return undefined;
  onProgress("the provider's ledger");
  const file = 'provider-ledger.sqlite';
  return { file, ...(await copyLedger(provider.directory, join(directory, file))) };
}

/** The simulated provider's instance and its directory, where this process can see it. */
export async function findLedger(
  target: Target,
): Promise<{ readonly instance: string; readonly directory: string } | undefined> {
  const service = target.topology.services.find(({ isSimulated, isStateful }) => isSimulated && isStateful);
  const [instance] = service === undefined ? [] : await target.instances(service.name);
  const directory = instance === undefined ? undefined : await target.dataDirectory(instance.name);
  return instance === undefined || directory === undefined
    ? undefined
    : { instance: instance.name, directory };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
