import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { carry } from './carry.ts';
import { createDoors } from './doors.ts';
import type { PodStream, PodStreamEvents } from './stream.ts';

const doors = createDoors();
afterEach(() => doors.close());

/** A door whose connections go to a pod that does as it is told. */
async function doorTo(pod: (events: PodStreamEvents) => PodStream | Promise<never>) {
  const closed = Promise.withResolvers<string | undefined>();
  const address = await doors.open('pod', async (socket) => {
    closed.resolve(await carry(socket, async (events) => pod(events)));
  });
  const client = connect({ port: Number(address.split(':')[1]), host: '127.0.0.1', allowHalfOpen: true });
  return { client, closed: closed.promise };
}

const quiet: PodStream = { send: async () => {}, pause: () => {}, resume: () => {}, close: () => {} };

/** Sends back what it is sent; ends when it is closed. */
const echo = ({ onData, onEnd }: PodStreamEvents): PodStream => ({
  ...quiet,
  send: async (bytes) => onData(bytes),
  close: () => onEnd(undefined),
});

async function readAll(client: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of client) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe('a connection that is carried to a pod', () => {
  test('brings every byte there and back, also after the client has finished sending', async () => {
    const { client, closed } = await doorTo(echo);
    const bytes = randomBytes(5 * 1024 * 1024);
    client.end(bytes);
    expect((await readAll(client)).equals(bytes)).toBe(true);
    expect(await closed).toBeUndefined();
  });

  test('does not read the pod faster than the client reads', async () => {
    const calls: string[] = [];
    const { client } = await doorTo(({ onData }) => {
      setImmediate(() => {
        for (let parts = 0; parts < 64 && !calls.includes('pause'); parts++)
          onData(Buffer.alloc(1024 * 1024));
      });
      return {
        ...quiet,
        pause: () => calls.push('pause'),
        resume: () => calls.push('resume'),
      };
    });
    client.pause();
    await expect.poll(() => calls).toContain('pause');
    expect(calls).not.toContain('resume');
    client.resume();
    await expect.poll(() => calls).toContain('resume');
    client.destroy();
  });

  test('ends in good order when the pod closes it', async () => {
    const { client } = await doorTo(({ onData, onEnd }) => {
      onData(Buffer.from('goodbye'));
      onEnd(undefined);
      return quiet;
    });
    expect((await readAll(client)).toString()).toBe('goodbye');
  });

  test.each<[string, (events: PodStreamEvents) => PodStream | Promise<never>]>([
    [
      'breaks',
      ({ onEnd }) => {
        onEnd('the stream broke (1006)');
        return quiet;
      },
    ],
    ['cannot be opened', () => Promise.reject(new Error('Unexpected server response: 404'))],
  ])('is reset when the stream %s', async (_what, pod) => {
    const { client, closed } = await doorTo(pod);
    const [error] = await once(client, 'error');
    expect(error.code).toBe('ECONNRESET');
    expect(await closed).toMatch(/1006|404/);
  });

  test('closes its stream when the client goes away', async () => {
    const streamClosed = Promise.withResolvers<void>();
    const { client } = await doorTo(() => ({ ...quiet, close: () => streamClosed.resolve() }));
    client.once('connect', () => client.resetAndDestroy());
    await streamClosed.promise;
  });
});
