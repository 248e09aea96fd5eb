import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { consumerConfig, streamConfig } from '../../topology/derive/index.ts';
import type { Topology } from '../../topology/model.ts';
import { BackupError } from './errors.ts';

/** Reading the index of a large stream, or making it anew, takes a while. */
const startMs = 60_000;
const pollMs = 50;

/**
 * Lets a program read what one broker of a cluster has on its disk, though the others are lost. A broker alone may not lead
 * streams of three, so a new one gets a copy of its messages, under the same names and for one. The disk itself is only read.
 *
 * @param options.storeDirectory what the broker keeps, while it does not run
 * @param options.workDirectory where the copy may be for as long as this takes; it needs as much space
 * @throws BackupError `damaged` when a stream of the topology is not on that disk, or cannot be read
 */
export async function withSalvaged<T>(
  options: {
    readonly natsServer: string;
    readonly topology: Topology;
    readonly storeDirectory: string;
    readonly workDirectory: string;
    readonly onProgress?: (step: string) => void;
    readonly signal?: AbortSignal;
  },
  use: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const { natsServer, topology, storeDirectory, onProgress = () => {} } = options;
  const sources = await findStreams(topology, storeDirectory);
  const directory = await mkdtemp(join(options.workDirectory, 'salvage-'));
  const withBroker = <R>(body: (connection: NatsConnection) => Promise<R>) =>
    withAlone({ natsServer, directory, signal: options.signal }, body);
  try {
    await withBroker((connection) => layOut(topology, connection));
    for (const { stream, source } of sources) {
      options.signal?.throwIfAborted();
      onProgress(`copying stream ${stream}`);
      await replaceContents(topology, stream, source, join(directory, 'jetstream', '$G', 'streams', stream));
    }
    onProgress('reading what was copied');
    return await withBroker(use);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Streams and consumers as the topology has them, for one broker. */
async function layOut({ streams, consumers }: Topology, connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const spec of streams) {
    await manager.streams.add({ ...streamConfig(spec), subjects: [...spec.subjects], num_replicas: 1 });
  }
  for (const spec of consumers) {
    await manager.consumers.add(spec.stream, { ...consumerConfig(spec), num_replicas: 1 });
  }
}

/** Checksums of messages depend on the name of their stream only, so they are as good in another store. */
async function replaceContents(
  { consumers }: Topology,
  stream: string,
  source: string,
  goal: string,
): Promise<void> {
  await rm(join(goal, 'msgs'), { recursive: true });
  await cp(join(source, 'msgs'), join(goal, 'msgs'), { recursive: true });
  for (const { name } of consumers.filter((spec) => spec.stream === stream)) {
    const state = join('obs', name, 'o.dat');
    await cp(join(source, state), join(goal, state)).catch((error: NodeJS.ErrnoException) => {
      // It has not acknowledged anything yet.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** Where each stream of the topology lies, whatever account it belongs to. */
async function findStreams({ streams }: Topology, storeDirectory: string) {
  const root = join(storeDirectory, 'jetstream');
  const found = new Map<string, string>();
  for (const account of await entries(root)) {
    for (const stream of await entries(join(root, account, 'streams'))) {
      found.set(stream, join(root, account, 'streams', stream));
    }
  }
  const absent = streams.filter(({ name }) => !found.has(name)).map(({ name }) => name);
  if (absent.length > 0) {
    const what = `${storeDirectory} has no copy of ${absent.join(', ')}`;
    throw new BackupError('damaged', `${what}: it is not the disk of a broker that has held them`);
  }
  return streams.map(({ name }) => ({ stream: name, source: found.get(name) ?? '' }));
}

async function entries(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

/** Runs a broker of its own for as long as `body` takes. Only who has read its configuration is let in. */
async function withAlone<T>(
  options: {
    readonly natsServer: string;
    readonly directory: string;
    readonly signal: AbortSignal | undefined;
  },
  body: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const { directory } = options;
  const token = randomBytes(32).toString('hex');
  const config = join(directory, 'nats.conf');
  const text = [
    'listen: "127.0.0.1:-1"',
    `ports_file_dir: ${JSON.stringify(directory)}`,
    `log_file: ${JSON.stringify(join(directory, 'nats.log'))}`,
    `authorization { token: "${token}" }`,
    `jetstream { store_dir: ${JSON.stringify(directory)} }`,
  ];
  await writeFile(config, `${text.join('\n')}\n`, { mode: 0o600 });
  const broker = spawn(options.natsServer, ['-c', config], { stdio: 'ignore' });
  try {
    const url = await urlOf(directory, broker, options.signal);
    const connection = await connect({ servers: url, token });
    try {
      return await body(connection);
    } finally {
      await connection.close();
    }
  } finally {
    // In an orderly way: what it was told to make must be on the disk.
    if (isRunning(broker)) {
      const ended = once(broker, 'exit');
      broker.kill('SIGTERM');
      await ended;
    }
  }
}

/** It writes the port that it chose into a file when it is ready. */
async function urlOf(directory: string, broker: ChildProcess, signal?: AbortSignal): Promise<string> {
  const file = join(directory, `nats-server_${broker.pid}.ports`);
  for (let waitedMs = 0; waitedMs < startMs && isRunning(broker); waitedMs += pollMs) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const url = text.endsWith('}') ? (JSON.parse(text) as { nats?: string[] }).nats?.[0] : undefined;
    if (url !== undefined) return url;
    await sleep(pollMs, undefined, { signal });
  }
  const log = await readFile(join(directory, 'nats.log'), 'utf8').catch(() => '');
  const last = log.trimEnd().split('\n').slice(-5).join('\n  ');
  throw new BackupError('damaged', `no broker starts on a copy of that disk:\n  ${last}`);
}

function isRunning({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}
