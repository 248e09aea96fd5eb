import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager, type StreamState } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { consumerConfig } from '../../topology/derive/index.ts';
import type { Target } from '../target.ts';
import { findLedger } from './backup.ts';
import { BackupError } from './errors.ts';
import { chargesOf, restoreLedger } from './ledger.ts';
import { type BackupManifest, readBackup } from './manifest.ts';
import { ask, restoreSnapshot } from './snapshot.ts';

/** A service promises to end within 15 s. */
const graceMs = 20_000;
/** Replicas fetch what the leader has restored. */
const replicasMs = 120_000;
const apiMs = 10_000;

/**
 * Brings a backup back into a platform that runs and has never held an order. Its services are stopped meanwhile; then
 * payment goes on after what it had acknowledged, and projections are made anew.
 *
 * Nothing is changed before the backup is found whole and the platform empty. Where it fails later, the platform is neither
 * empty nor whole: delete its data and start again.
 *
 * @param options.connection to the target's brokers, as an operator; the caller closes it
 * @throws BackupError `damaged`, `not-empty`, `unsupported` before anything is changed; `refused` when the brokers do not
 *   take it or hold something else then
 */
export async function restoreBackup(options: {
  readonly target: Target;
  readonly connection: NatsConnection;
  readonly directory: string;
  /** Whether the provider's ledger is left as it is, since only the brokers have lost something; default false. */
  readonly keepsLedger?: boolean;
  readonly onProgress?: (step: string) => void;
  readonly signal?: AbortSignal;
}): Promise<BackupManifest> {
  const { target, connection, directory, signal, keepsLedger = false, onProgress = () => {} } = options;
  if (target.name !== 'local') {
    const how = 'in a cluster the brokers are restored with the nats CLI: docs/how-to/back-up-and-restore.md';
    throw new BackupError('unsupported', `a backup is restored into a platform on this machine; ${how}`);
  }
  onProgress('checking the backup');
  const manifest = await readBackup(directory);
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: apiMs });
  const requireEmpty = () => requireFit({ target, manager, manifest, keepsLedger });
  await requireEmpty();
  signal?.throwIfAborted();

  const instances = await runningServices(target);
  for (const instance of instances) {
    onProgress(`stopping ${instance}`);
    await target.terminate(instance, graceMs);
  }
  try {
    // An order may have come before they had stopped, and has been accepted.
    await requireEmpty();
  } catch (error) {
    await startAll(target, instances, onProgress);
    throw error;
  }
  for (const backup of manifest.streams) {
    onProgress(`stream ${backup.stream}`);
    await manager.streams.delete(backup.stream);
    const state = await restoreSnapshot(connection, backup, join(directory, backup.file), signal);
    requireSame(backup.stream, backup.state, state);
  }
  for (const { stream } of manifest.streams) await awaitReplicas(manager, stream, signal);
  await restoreConsumers(target, connection, manager, manifest);
  const provider = await findLedger(target);
  if (manifest.ledger !== undefined && provider !== undefined && !keepsLedger) {
    onProgress("the provider's ledger");
    await restoreLedger(join(directory, manifest.ledger.file), provider.directory);
  }
  await startAll(target, instances, onProgress);
  return manifest;
}

/** Callees first: what starts finds whom it talks to. */
async function startAll(
  target: Target,
  instances: readonly string[],
  onProgress: (step: string) => void,
): Promise<void> {
  for (const instance of instances.toReversed()) {
    onProgress(`starting ${instance}`);
    await target.start(instance);
  }
}

/** @throws BackupError when the backup is of another platform, or this one is not empty */
async function requireFit(options: {
  readonly target: Target;
  readonly manager: JetStreamManager;
  readonly manifest: BackupManifest;
  readonly keepsLedger: boolean;
}): Promise<void> {
  const { target, manager, manifest } = options;
  const known = target.topology.streams.map(({ name }) => name);
  const other = manifest.streams.filter(({ stream }) => !known.includes(stream)).map(({ stream }) => stream);
  const absent = known.filter((name) => manifest.streams.every(({ stream }) => stream !== name));
  if (other.length + absent.length > 0) {
    const words = [
      ...other.map((name) => `${name} is unknown here`),
      ...absent.map((name) => `${name} is not in it`),
    ];
    throw new BackupError('unsupported', `the backup is of another platform: ${words.join(', ')}`);
  }
  const held = await Promise.all(
    known.map(async (name) => {
      const { last_seq: last } = (await manager.streams.info(name)).state;
      return last === 0 ? [] : [`stream ${name} has had ${last} messages`];
    }),
  );
  const provider = options.keepsLedger ? undefined : await findLedger(target);
  const charges = provider === undefined ? 0 : await chargesOf(provider.directory);
  const found = [...held.flat(), ...(charges === 0 ? [] : [`the provider has ${charges} charges`])];
  if (found.length > 0) {
    const how = 'a backup is restored into an empty platform (`down --delete-data`, `up`)';
    throw new BackupError('not-empty', `${how}, and here ${found.join(', ')}`);
  }
}

async function runningServices(target: Target): Promise<readonly string[]> {
  const found = await Promise.all(target.topology.services.map(({ name }) => target.instances(name)));
  return found
    .flat()
    .filter(({ state }) => state !== 'stopped')
    .map(({ name }) => name);
}

function requireSame(stream: string, wanted: StreamState, found: StreamState): void {
  const differences = (['messages', 'bytes', 'first_seq', 'last_seq'] as const)
    .filter((key) => wanted[key] !== found[key])
    .map((key) => `${key} is ${found[key]}, expected ${wanted[key]}`);
  if (differences.length > 0) {
    throw new BackupError(
      'refused',
      `stream ${stream} was not restored as it was: ${differences.join(', ')}`,
    );
  }
}

async function awaitReplicas(manager: JetStreamManager, stream: string, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + replicasMs;
  for (;;) {
    const { cluster, config } = await manager.streams.info(stream);
    const current = (cluster?.replicas ?? []).filter((replica) => replica.current && !replica.offline);
    if (cluster?.leader && current.length >= config.num_replicas - 1) return;
    if (performance.now() >= deadline) {
      throw new BackupError('refused', `not every replica of stream ${stream} holds what was restored`);
    }
    await sleep(200, undefined, { signal });
  }
}

/** Each consumer as the topology has it, at the place that it had reached. */
async function restoreConsumers(
  target: Target,
  connection: NatsConnection,
  manager: JetStreamManager,
  manifest: BackupManifest,
): Promise<void> {
  for (const spec of target.topology.consumers) {
    const floor = manifest.consumers.find(({ consumer }) => consumer === spec.name)?.ackFloor ?? 0;
    await manager.consumers.add(spec.stream, consumerConfig(spec));
    await ask(connection, `$JS.API.CONSUMER.RESET.${spec.stream}.${spec.name}`, apiMs, { seq: floor + 1 });
  }
}
