import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { chooseCluster } from './kubeconfig.ts';

const directory = mkdtempSync(join(tmpdir(), 'stormproof-kubeconfig-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A kubeconfig of one cluster, with a context of the same name. */
function write(name: string, server: string, namespace?: string): string {
  const file = join(directory, `${name}-${server.length}`);
  const context = { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) };
  const config = {
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: 't' } }],
    contexts: [{ name, context }],
    'current-context': name,
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const one = write('one', 'https://one', 'orders');
const two = write('two', 'https://two');

describe('the cluster that is meant', () => {
  test('is that of the given file and its current context', () => {
    expect(chooseCluster({ kubeconfig: [one] }, {})).toMatchObject({
      ...{ context: 'one', namespace: 'orders', server: 'https://one', kubeconfig: [one] },
    });
  });

  test('is found in the files of KUBECONFIG, of which the first wins and a missing one does not matter', () => {
    const KUBECONFIG = [join(directory, 'missing'), two, write('two', 'https://another')].join(delimiter);
    expect(chooseCluster({}, { KUBECONFIG }).server).toBe('https://two');
  });

  test('may be another context, and another namespace', () => {
    const choice = { kubeconfig: [one, two], context: 'two', namespace: 'shop' };
    expect(chooseCluster(choice, {})).toMatchObject({ server: 'https://two', namespace: 'shop' });
  });

  test('has the namespace that stacks have, where the context names none', () => {
    expect(chooseCluster({ kubeconfig: [two] }, {}).namespace).toBe('stormproof');
  });
});

describe('what is not there is told with what was expected', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['a kubeconfig', () => chooseCluster({}, { HOME: directory }), /looked at .*\.kube.config; expected/],
    ['a file', () => chooseCluster({ kubeconfig: [join(directory, 'no')] }, {}), /no is no kubeconfig/],
    ['a context', () => chooseCluster({ kubeconfig: [one], context: 'x' }, {}), /"x" .* expected one of one/],
  ])('%s', (_what, choose, expected) => {
    expect(choose).toThrow(expected);
  });
});
