import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig, type V1Secret, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../services/runtime/fixtures/processes.ts';
import { digestOfKey, loadClient, newClientKey, renderClients } from '../../topology/derive/index.ts';
import { clientKeyOf } from '../../topology/kubernetes/index.ts';
import { readClientKey } from './client-key.ts';
import { openCluster } from './cluster.ts';

const namespace = 'shop';
const key = newClientKey();
/** The Secrets of the namespace, by name. */
const secrets: Readonly<Record<string, Pick<V1Secret, 'data'>>> = {
  [clientKeyOf(loadClient).secret]: { data: { [clientKeyOf(loadClient).key]: base64(key) } },
  // As `kubectl create secret --from-file` makes one of a file that an editor wrote.
  [clientKeyOf('shop').secret]: { data: { [clientKeyOf('shop').key]: base64(`${key}\n`) } },
  [clientKeyOf('renamed').secret]: { data: { 'another.key': base64(key) } },
  [clientKeyOf('empty').secret]: {},
};
/** The one that this user may not read. */
const guarded = clientKeyOf('guarded').secret;

/** Answers what is asked for a Secret as an API server does: with the Secret, or with a Status. */
const server = createServer((request, response) => {
  const name = decodeURIComponent(request.url?.replace(`/api/v1/namespaces/${namespace}/secrets/`, '') ?? '');
  const [status, body] = answerTo(name);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

function answerTo(name: string): readonly [number, V1Secret | V1Status] {
  const metadata = { name, namespace };
  if (name in secrets) {
    return [200, { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', ...secrets[name] }];
  }
  const refusal = { apiVersion: 'v1', kind: 'Status', status: 'Failure', metadata: {} };
  return name === guarded
    ? [403, { ...refusal, code: 403, reason: 'Forbidden', message: `secrets "${name}" is forbidden` }]
    : [404, { ...refusal, code: 404, reason: 'NotFound', message: `secrets "${name}" not found` }];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The namespace, by the client that targets use. */
function open(port = (server.address() as AddressInfo).port) {
  const url = `http://127.0.0.1:${port}`;
  const config = new KubeConfig();
  const cluster = { name: 'one', server: url, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: 'somebody', token: 't' });
  return openCluster({ config, namespace, server: url, context: 'one', kubeconfig: [] });
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('the key of a client, from the Secret of its namespace', () => {
  test('is the one that the clients file has the digest of', async () => {
    const read = await readClientKey(open(), loadClient);
    expect(renderClients([{ id: loadClient, key }])).toContain(digestOfKey(read));
  });

  test('is handed over without the end of its line', async () => {
    expect(await readClientKey(open(), 'shop')).toBe(key);
  });

  test.each(['nobody', 'renamed', 'empty'])(
    'is told as missing where there is none of %s',
    async (client) => {
      await expect(readClientKey(open(), client)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining(`order-client-${client} with the key client.key is missing`),
      });
    },
  );

  test('is not read by a user who may not', async () => {
    const words = 'this user may not read the Secret order-client-guarded in the namespace shop';
    await expect(readClientKey(open(), 'guarded')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining(words),
    });
  });

  test('is told as out of reach, not as missing, where no API server answers', async () => {
    const gone = open(await freePort());
    await expect(readClientKey(gone, loadClient)).rejects.toMatchObject({ code: 'unreachable' });
  });
});
