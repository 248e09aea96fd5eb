import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runProgram } from '../tools/index.ts';
import { repositoryRoot } from './paths.ts';

const stormproof = (...args: string[]) =>
  runProgram(`${repositoryRoot}/stormproof`, args, { env: process.env, cwd: repositoryRoot });

/** The YAML among what was written to both outputs. */
const objectsIn = (output: string) =>
  parseAllDocuments(output.slice(output.indexOf('---\n'), output.lastIndexOf('\n') + 1)).map(
    (document) => document.toJS() as Record<string, unknown>,
  );

test('the YAML for the k6-operator holds what was asked for', async () => {
  const load = ['black-friday', '--rate', '400', '--orders-per-request', '10', '--namespace', 'shop'];
  const options = [...load, '--runners', '3', '--api-keys'];
  const { exitCode, output } = await stormproof('load', 'k6-operator', ...options);
  expect(exitCode, output).toBe(0);
  const [configMap, testRun] = objectsIn(output.replace(/^run k6-.*$/m, ''));
  const secretKeyRef = { name: 'order-client-stormproof-load', key: 'client.key' };
  const env = expect.arrayContaining([{ name: 'STORMPROOF_CLIENT_KEY', valueFrom: { secretKeyRef } }]);
  expect(testRun).toMatchObject({ kind: 'TestRun', spec: { parallelism: 3, runner: { env } } });
  expect(configMap).toMatchObject({ kind: 'ConfigMap', metadata: { namespace: 'stormproof-load' } });
  const { binaryData } = configMap as { readonly binaryData: Readonly<Record<string, string>> };
  const archive = Buffer.from(binaryData['archive.tar'] ?? '', 'base64').toString('latin1');
  expect(archive).toContain('"STORMPROOF_URLS": "http://order.shop.svc:8080"');
  expect(archive).toContain('"STORMPROOF_ORDERS_PER_REQUEST": "10"');
  expect(archive).toContain('\\"name\\":\\"black-friday\\"');
});

test('a shape that is not known is refused', async () => {
  const { exitCode, output } = await stormproof('load', 'k6-operator', 'no-such-shape');
  expect(output).toContain('there is no shape "no-such-shape"');
  expect(exitCode).toBe(2);
});
