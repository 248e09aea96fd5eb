import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectApi, type NodeApi } from './api.ts';
import { writeConfigs } from './config/write.ts';
import { daemonsOf, type NodeTools, nodeTools } from './daemons.ts';
import { layoutOf } from './layout.ts';
import { createPki, identitiesOf } from './pki.ts';

const runDir = await mkdtemp(join(tmpdir(), 'stormproof-api-'));
const layout = layoutOf(runDir);
const asked: string[] = [];
let server: Server;
let api: NodeApi;

/** Says who asks for what, and has nothing but /here. */
beforeAll(async () => {
  await createPki(layout);
  const pem = (name: string) => readFile(join(layout.pki, name));
  const [ca, cert, key] = await Promise.all(['ca.crt', 'apiserver.crt', 'apiserver.key'].map(pem));
  server = createServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      asked.push(`${subject.O}/${subject.CN} ${request.method} ${request.url}`);
      response.statusCode = request.url?.startsWith('/here') ? 200 : 404;
      response.end('{"kind":"Here"}');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await writeConfigs(layout, { apiServer: `https://127.0.0.1:${port}`, pluginFolder: '/usr/lib/cni' });
  api = connectApi(layout.kubeconfig);
});

afterAll(async () => {
  api.close();
  server.close();
  await rm(runDir, { recursive: true });
});

async function certificate(name: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(join(layout.pki, `${name}.crt`)));
}

test('certificates come from the authority, are none themselves, and name their holder', async () => {
  const authority = await certificate('ca');
  expect(authority.ca).toBe(true);
  for (const { name, subject } of identitiesOf(layout.name)) {
    const issued = await certificate(name);
    expect(issued.checkIssued(authority)).toBe(true);
    expect(issued.ca).toBe(false);
    expect(`/${issued.subject.replaceAll('\n', '/')}`).toBe(subject);
  }
  expect((await certificate('apiserver')).subjectAltName).toContain('IP Address:10.96.0.1');
});

test('the kubeconfig makes its holder the administrator of a server that both can trust', async () => {
  expect(await api.get('/here')).toEqual({ kind: 'Here' });
  await api.apply('/here/there', { kind: 'There' });
  expect(asked).toEqual([
    'system:masters/admin GET /here',
    'system:masters/admin PATCH /here/there?fieldManager=stormproof-node&force=true',
  ]);
});

test('an answer that is an error is told, except that what is not there cannot be deleted', async () => {
  await expect(api.post('/gone', {})).rejects.toMatchObject({ status: 404 });
  await api.delete('/gone');
  expect(await api.isReady()).toBe(false);
});

test('daemons are given no file that is not written', async () => {
  const tools = Object.fromEntries(nodeTools.map((name) => [name, name])) as NodeTools;
  const daemons = daemonsOf(layout, { tools, apiPort: 1, namespacePid: 1, node: 'node' });
  const files = daemons
    .flatMap(({ argv }) => argv.map((argument) => argument.slice(argument.indexOf('=') + 1)))
    .filter((path) => path.startsWith(layout.pki) || path.startsWith(layout.config));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) expect((await readFile(file)).length, file).toBeGreaterThan(0);
});
