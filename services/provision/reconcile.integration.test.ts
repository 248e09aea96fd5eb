import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureTools } from '../../tools/index.ts';
import { names, platform } from '../../topology/platform.ts';
import { freePort, run, until } from '../runtime/fixtures/processes.ts';
import { reconcile } from './reconcile.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-reconcile-'));
const tools = await ensureTools(['nats-server'], { env: process.env });
const port = await freePort();
const broker = run(tools['nats-server'], ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder]);
const connection = await until('the broker answers', () =>
  connect({ servers: `127.0.0.1:${port}` }).catch(() => undefined),
);
const manager: JetStreamManager = await jetstreamManager(connection);

afterAll(async () => {
  await connection.close();
  await broker.end('SIGKILL');
  await rm(folder, { recursive: true });
});

/** One broker holds one copy, and less than the platform's sizes. */
const topology = {
  ...platform,
  streams: platform.streams.map((stream) => ({ ...stream, replicas: 1, maxBytes: stream.maxBytes / 1024 })),
};
const everything = topology.streams.length + topology.consumers.length;

async function didOf(wanted = topology): Promise<Readonly<Record<string, string>>> {
  const done = await reconcile(manager, wanted, { deadlineMs: 10_000 });
  return Object.fromEntries(done.map(({ what, did }) => [what, did]));
}

const orders = `stream ${names.ordersStream}`;
const payment = `consumer ${names.paymentConsumer}`;

describe('reconciling a broker with the topology', () => {
  it('creates everything once, and then keeps it', async () => {
    expect(Object.values(await didOf())).toEqual(Array(everything).fill('created'));
    expect(Object.values(await didOf())).toEqual(Array(everything).fill('kept'));
  });

  it('repairs what was changed by hand, also what the topology never mentions, and loses no message', async () => {
    await jetstream(connection).publish(names.ordersSubject, 'an order');
    await manager.streams.update(names.ordersStream, {
      max_age: 3_600_000_000_000,
      max_msgs: 1,
      no_ack: true,
    });
    await manager.consumers.update(names.ordersStream, names.paymentConsumer, {
      ack_wait: 1_000_000_000,
      filter_subject: names.ordersSubject,
      headers_only: true,
    } as object);
    expect(await didOf()).toMatchObject({ [orders]: 'repaired', [payment]: 'repaired' });
    expect(Object.values(await didOf())).toEqual(Array(everything).fill('kept'));
    const { config, state } = await manager.streams.info(names.ordersStream);
    expect(config).toMatchObject({ max_msgs: -1, max_age: 7 * 24 * 3_600 * 1_000_000_000 });
    expect(config.no_ack ?? false).toBe(false);
    expect(state.messages).toBe(1);
  });

  it('makes a consumer anew that was deleted', async () => {
    await manager.consumers.delete(names.ordersStream, names.paymentConsumer);
    expect(await didOf()).toMatchObject({ [orders]: 'kept', [payment]: 'created' });
  });

  it('changes nothing of a stream that would lose messages, and leaves one alone that it does not know', async () => {
    const shorter = topology.streams.map((stream) => ({
      ...stream,
      maxAgeMs: 60_000,
      maxBytes: 2 * stream.maxBytes,
    }));
    await manager.streams.add({ name: 'STRANGER', subjects: ['stranger'] });
    expect(await didOf({ ...topology, streams: shorter })).toMatchObject({
      [orders]: 'refused',
      'stream STRANGER': 'unexpected',
    });
    expect(await didOf()).toMatchObject({ [orders]: 'kept', 'stream STRANGER': 'unexpected' });
  });
});
