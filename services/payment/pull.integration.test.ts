import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { freePort, type RunningProcess, run, until } from '../runtime/fixtures/processes.ts';
import { openPull, type Pull } from './pull.ts';

/** Longer than anything here takes, so that what comes within it comes together. */
const roundMs = 2_000;

let directory: string;
let startBroker: () => RunningProcess;
let broker: RunningProcess;
let connection: NatsConnection;
let pull: Pull;
/** Messages there is room for when none is held. */
let roomMax: number;
/** Messages delivered and not released. */
let held: number;
/** The pull's clock is ahead of the real one by this much. */
let skippedMs: number;
/** How often the pull has looked at its clock, which it does at least once a second. */
let looks: number;

beforeEach(async () => {
  const tools = await ensureTools(['nats-server'], { env: process.env });
  directory = await mkdtemp(join(tmpdir(), 'pull-'));
  const port = await freePort();
  startBroker = () =>
    run(tools['nats-server'], ['-js', '-sd', directory, '-a', '127.0.0.1', '-p', `${port}`]);
  broker = startBroker();
  connection = await until('a connection', () =>
    connect({ servers: `nats://127.0.0.1:${port}`, maxReconnectAttempts: -1, reconnectTimeWait: 50 }),
  );
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'S', subjects: ['s'] });
  await manager.consumers.add('S', { durable_name: 'c', ack_policy: 'explicit' });
  roomMax = 0;
  held = 0;
  skippedMs = 0;
  looks = 0;
  pull = openPull({
    connection,
    stream: 'S',
    consumer: 'c',
    room: () => roomMax - held,
    roundMs,
    onDelivery: () => {
      held++;
    },
    monotonicMs: () => {
      looks++;
      return performance.now() + skippedMs;
    },
  });
});

afterEach(async () => {
  await pull.drain();
  await connection.close();
  await broker.end('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function store(messages: number): Promise<void> {
  const client = jetstream(connection);
  for (let i = 0; i < messages; i++) await client.publish('s', 'x');
}

async function untilHeld(messages: number): Promise<void> {
  await until(`${messages} messages`, () => held >= messages || undefined);
}

/** Lets the pull look after itself at least twice. */
async function whileItWatches(): Promise<void> {
  const before = looks;
  await until('the pull has looked around', () => looks >= before + 3 || undefined);
}

describe('a pull', () => {
  it('asks for no more than there is room for, however long nothing is released', async () => {
    await store(20);
    roomMax = 4;
    pull.fill();
    await untilHeld(4);
    await whileItWatches();
    expect(held).toBe(4);

    held = 1;
    pull.fill();
    await untilHeld(4);
    await whileItWatches();
    expect(held).toBe(4);
  });

  it('takes what comes one after the other in rounds', async () => {
    const asked = connection.subscribe('$JS.API.CONSUMER.MSG.NEXT.S.c');
    roomMax = 16;
    pull.fill();
    await store(1);
    await untilHeld(1);
    await store(4);
    await untilHeld(5);
    await connection.flush();
    // The one that stood, one for the four, perhaps one more; without rounds it would be one for each.
    expect(asked.getReceived()).toBeLessThanOrEqual(3);
    asked.unsubscribe();
  });

  it('does not take a time in which it asked for nothing for the silence of a broker', async () => {
    skippedMs += 5_900;
    roomMax = 4;
    pull.fill();
    skippedMs += 500;
    await whileItWatches();
    await store(20);
    await untilHeld(4);
    await whileItWatches();
    expect(held).toBe(4);
  });

  it('asks again when the broker was gone, and again for no more than there is room for', async () => {
    roomMax = 4;
    pull.fill();
    await connection.flush();
    await broker.end('SIGKILL');
    broker = startBroker();
    await until('it is connected again', () => connection.flush().then(() => true));
    await store(20);
    await untilHeld(4);
    await whileItWatches();
    expect(held).toBe(4);
  });
});
