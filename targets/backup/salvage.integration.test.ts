import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, run, until } from '../../services/runtime/fixtures/processes.ts';
import { ensureTools } from '../../tools/index.ts';
import { consumerConfig, streamConfig } from '../../topology/derive/index.ts';
import { names, platform } from '../../topology/platform.ts';
import { digestOf } from './manifest.ts';
import { withSalvaged } from './salvage.ts';

const groups = 300;
const acknowledged = 40;

let directory: string;
let store: string;
let natsServer: string;

/** Writes what a broker has on its disk, and stops it. */
async function leaveDisk(): Promise<void> {
  const port = await freePort();
  const broker = run(natsServer, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', store]);
  const connection = await until('the broker answers', () =>
    connect({ servers: `127.0.0.1:${port}` }).catch(() => undefined),
  );
  const manager = await jetstreamManager(connection);
  for (const spec of platform.streams) {
    await manager.streams.add({ ...streamConfig(spec), subjects: [...spec.subjects], num_replicas: 1 });
  }
  for (const spec of platform.consumers) {
    await manager.consumers.add(spec.stream, { ...consumerConfig(spec), num_replicas: 1 });
  }
  const client = jetstream(connection);
  for (let sent = 0; sent < groups; sent++) await client.publish(names.ordersSubject, `group ${sent}`);
  const consumer = await client.consumers.get(names.ordersStream, names.paymentConsumer);
  for await (const message of await consumer.fetch({ max_messages: acknowledged })) await message.ackAck();
  await connection.close();
  await broker.end('SIGTERM');
}

const salvage = <T>(storeDirectory: string, use: (connection: NatsConnection) => Promise<T>) =>
  withSalvaged({ natsServer, topology: platform, storeDirectory, workDirectory: directory }, use);

async function filesOf(root: string): Promise<readonly string[]> {
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  return Promise.all(paths.sort().map(async (path) => `${path} ${await digestOf(path)}`));
}

beforeAll(async () => {
  natsServer = (await ensureTools(['nats-server'], { env: process.env }))['nats-server'];
  directory = await mkdtemp(join(tmpdir(), 'salvage-test-'));
  store = join(directory, 'store');
  await leaveDisk();
});
afterAll(() => rm(directory, { recursive: true }));

describe('the disk of one broker', () => {
  test('gives every message with its sequence, and how far consumers were, and is not touched', async () => {
    const before = await filesOf(store);
    const found = await salvage(store, async (connection) => {
      const manager = await jetstreamManager(connection);
      const { state } = await manager.streams.info(names.ordersStream);
      const one = await manager.streams.getMessage(names.ordersStream, { seq: 123 });
      const { ack_floor } = await manager.consumers.info(names.ordersStream, names.paymentConsumer);
      return {
        messages: state.messages,
        last: state.last_seq,
        one: one?.string(),
        floor: ack_floor.stream_seq,
      };
    });
    expect(found).toEqual({ messages: groups, last: groups, one: 'group 122', floor: acknowledged });
    expect(await filesOf(store)).toEqual(before);
    expect(await readdir(directory)).toEqual(['store']);
  });

  test('that has no copy of a stream is refused, and nothing is left behind', async () => {
    await expect(salvage(join(directory, 'none'), async () => 'used')).rejects.toThrow(
      /has no copy of .*ORDERS/,
    );
    expect(await readdir(directory)).toEqual(['store']);
  });

  test('is let go of when what reads it fails', async () => {
    const failure = new Error('no space left');
    await expect(salvage(store, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await readdir(directory)).toEqual(['store']);
  });
});
