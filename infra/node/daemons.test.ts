import { expect, test } from 'vitest';
import { daemonsOf, type NodeTools, nodeTools } from './daemons.ts';
import { layoutOf } from './layout.ts';

const tools = Object.fromEntries(nodeTools.map((name) => [name, `/tools/${name}`])) as NodeTools;
const layout = layoutOf('/state/node');
const daemons = daemonsOf(layout, { tools, apiPort: 40_001, namespacePid: 77, node: '/node' });

function argvOf(name: string): readonly string[] {
  return daemons.find((daemon) => daemon.name === name)?.argv ?? [];
}

test('the API server is reached at one port from everywhere, on this machine by loopback only', () => {
  expect(argvOf('kube-apiserver')).toContain('--secure-port=40001');
  expect(argvOf('netns-forward').slice(1)).toEqual(['127.0.0.1:40001', '77', '10.250.0.1:40001']);
});

test('only the forwarder lives outside the namespaces', () => {
  expect(daemons.filter(({ place }) => place === 'machine').map(({ name }) => name)).toEqual([
    'netns-forward',
  ]);
});

test('every daemon can be told from the others by how it was started', () => {
  expect(new Set(daemons.map(({ argv }) => argv.join(' '))).size).toBe(daemons.length);
});

test('a directory has one name, and another directory another', () => {
  expect(layoutOf('/state/node').name).toBe(layout.name);
  expect(layoutOf('/state/other').name).not.toBe(layout.name);
  expect(layout.name).toMatch(/^[a-z0-9-]{1,63}$/);
});
