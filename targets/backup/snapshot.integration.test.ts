import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, type RunningProcess, run, until } from '../../services/runtime/fixtures/processes.ts';
import { ensureTools } from '../../tools/index.ts';
import { BackupError } from './errors.ts';
import { restoreSnapshot, writeSnapshot } from './snapshot.ts';

type Connection = Awaited<ReturnType<typeof connect>>;
const stream = 'LETTERS';
const letters = 2_000;

let directory: string;
let broker: RunningProcess;
let connection: Connection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshots-'));
  const { 'nats-server': program } = await ensureTools(['nats-server'], { env: process.env });
  const port = await freePort();
  broker = run(program, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(directory, 'store')]);
  connection = await until('the broker answers', () =>
    connect({ servers: `127.0.0.1:${port}` }).catch(() => undefined),
  );
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: stream, subjects: ['letters'] });
  const client = jetstream(connection);
  const text = 'a letter of some length '.repeat(40);
  for (let sent = 0; sent < letters; sent += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => client.publish('letters', `${sent + at} ${text}`)),
    );
  }
});

afterAll(async () => {
  await connection.close();
  await broker.end('SIGKILL');
  await rm(directory, { recursive: true });
});

describe('a snapshot of a stream', () => {
  test('brings back every message with its sequence and its time', async () => {
    const manager = await jetstreamManager(connection);
    const before = await manager.streams.getMessage(stream, { seq: 1_234 });
    const path = join(directory, 'whole');
    const snapshot = await writeSnapshot(connection, stream, path);
    expect(snapshot.state).toMatchObject({ messages: letters, last_seq: letters });
    expect((await stat(path)).size).toBe(snapshot.bytes);
    await manager.streams.delete(stream);

    const { messages, first_seq, last_seq } = await restoreSnapshot(connection, snapshot, path);
    expect([messages, first_seq, last_seq]).toEqual([letters, 1, letters]);
    const after = await manager.streams.getMessage(stream, { seq: 1_234 });
    expect([after?.string(), after?.time]).toEqual([before?.string(), before?.time]);
  });

  test('is not restored over a stream that is there, nor from a file that breaks off', async () => {
    const manager = await jetstreamManager(connection);
    const path = join(directory, 'cut');
    const snapshot = await writeSnapshot(connection, stream, path);
    await expect(restoreSnapshot(connection, snapshot, path)).rejects.toThrow(BackupError);
    const file = await open(path, 'r+');
    await file.truncate(Math.floor(snapshot.bytes / 2));
    await file.close();
    const config = { ...snapshot.config, name: 'COPIES', subjects: ['copies'] };
    await expect(restoreSnapshot(connection, { ...snapshot, config }, path)).rejects.toThrow(BackupError);
    await expect(manager.streams.info('COPIES')).rejects.toThrow('stream not found');
  });

  test('is refused for a stream of which a byte has changed on disk', async () => {
    const folder = join(directory, 'store/jetstream/$G/streams', stream, 'msgs');
    const [block = ''] = (await readdir(folder)).filter((name) => name.endsWith('.blk'));
    const file = await open(join(folder, block), 'r+');
    const place = Math.floor((await file.stat()).size / 2);
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, place);
    await file.write(Buffer.of(buffer.readUInt8(0) ^ 1), 0, 1, place);
    await file.close();
    await expect(writeSnapshot(connection, stream, join(directory, 'damaged'))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(`stream ${stream} has damaged messages`),
    });
  });
});
