import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { pollBrokers, type Snapshot } from './poller.ts';
import { consumersByLeader, streamsByLeader } from './readings.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-broker-metrics-'));
const tools = await ensureTools(['nats-server'], { env: process.env });
const broker = spawn(
  tools['nats-server'],
  [
    '-n',
    'nats-0',
    '-a',
    '127.0.0.1',
    '-p',
    '-1',
    '-m',
    '-1',
    '-js',
    '-sd',
    folder,
    '--ports_file_dir',
    folder,
  ],
  { stdio: 'ignore' },
);
const ended = new Promise((resolve) => broker.once('exit', resolve));

afterAll(async () => {
  broker.kill('SIGKILL');
  await ended;
  await rm(folder, { recursive: true });
});

/** nats-server chooses its ports and writes them down. */
async function readPorts(): Promise<{ readonly nats: string; readonly monitor: string } | undefined> {
  const file = (await readdir(folder)).find((name) => name.endsWith('.ports'));
  if (file === undefined) return undefined;
  const text = await readFile(join(folder, file), 'utf8');
  const ports = JSON.parse(text === '' ? '{}' : text) as { nats?: string[]; monitoring?: string[] };
  const [nats] = ports.nats ?? [];
  const [monitor] = ports.monitoring ?? [];
  return nats === undefined || monitor === undefined ? undefined : { nats, monitor };
}

it('sees streams and consumers of a broker, and that it went away', async () => {
  const ports = await expect.poll(readPorts, { timeout: 10_000 }).toBeDefined().then(readPorts);
  if (ports === undefined) throw new Error('nats-server did not write its ports');
  const connection = await connect({ servers: [ports.nats] });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'ORDERS', subjects: ['orders'] });
  await manager.consumers.add('ORDERS', { durable_name: 'payment', ack_policy: 'explicit' });
  await manager.consumers.add('ORDERS', { name: 'passing-by', ack_policy: 'none' });
  await jetstream(connection).publish('orders', 'one');
  await connection.close();

  const snapshots: Snapshot[] = [];
  const enough = new AbortController();
  const polling = pollBrokers({
    monitors: [ports.monitor],
    intervalMs: 20,
    timeoutMs: 1_000,
    signal: enough.signal,
    onSnapshot: (snapshot) => void snapshots.push(snapshot),
  });
  await expect.poll(() => snapshots.length, { timeout: 10_000 }).toBeGreaterThan(0);
  const readings = snapshots[0]?.readings ?? [];
  expect(streamsByLeader(readings)).toEqual([
    expect.objectContaining({ stream: 'ORDERS', leader: 'nats-0', messages: 1, lastSequence: 1 }),
  ]);
  expect(consumersByLeader(readings)).toEqual([expect.objectContaining({ consumer: 'payment', pending: 1 })]);

  broker.kill('SIGKILL');
  await expect
    .poll(() => snapshots.at(-1), { timeout: 10_000 })
    .toEqual({ brokers: new Map([['nats-0', false]]), readings: [] });
  enough.abort();
  await polling;
});
