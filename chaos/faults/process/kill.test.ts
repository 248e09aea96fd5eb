import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Instance, Target } from '../../../targets/target.ts';
import { holdConnection } from './held-connection.ts';
import { kill } from './kill.ts';

/** A process, as far as others can tell: it answers, and is listed. */
let server: Server;
let address: string;
let incarnation: string | undefined;

beforeEach(async () => {
  server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  incarnation = 'first';
});
afterEach(() => end());

const end = () => {
  server.close();
  server.closeAllConnections();
};

const target = {
  instances: async (): Promise<readonly Instance[]> => [
    {
      ...{ name: 'payment-0', service: 'payment', isReady: true, missing: [] },
      state: incarnation === undefined ? 'stopped' : 'running',
      ...(incarnation === undefined ? {} : { incarnation }),
    },
  ],
  addresses: async () => ({ paymentAdmin: [address] }),
} as unknown as Target;

describe('a kill', () => {
  const observe = () => kill.observe(target, { instance: 'payment-0', role: '' });

  test('is proven when its process is gone', async () => {
    const observation = await observe();
    end();
    incarnation = undefined;
    expect(await observation.prove()).toMatchObject({ acted: true });
  });

  test('is proven when another process has its place already', async () => {
    const observation = await observe();
    end();
    incarnation = 'second';
    expect(await observation.prove()).toMatchObject({ acted: true });
  });

  test('is not proven when nothing was killed', async () => {
    expect(await (await observe()).prove()).toMatchObject({ acted: false });
  });

  test('is not proven when only a connection broke', async () => {
    const observation = await observe();
    server.closeAllConnections();
    expect(await observation.prove()).toMatchObject({ acted: false });
  });

  test('cannot be observed where nobody answers', async () => {
    end();
    await expect(observe()).rejects.toThrow(/did not answer: the connection broke/);
  });
});

test('a held connection does not end while its process answers, whatever is said about the process', async () => {
  const held = await holdConnection(address);
  expect(await held.end(600)).toBeUndefined();
  end();
  expect(await held.end(5_000)).toMatch(/closed|broke/);
});
