import { expect, test } from 'vitest';
import { checkMachine, type MachineFacts } from './doctor-checks.ts';

const gibibyte = 1024 ** 3;
const k6 = { name: 'k6', wantedVersion: '2.2.0', typicalBuildSeconds: 120 } as const;
const kubectl = { name: 'kubectl', wantedVersion: '1.34.3', typicalBuildSeconds: 330 } as const;
const sound: MachineFacts = {
  node: { version: '24.21.0', path: '/node' },
  npm: { version: '11.0.0', path: '/npm' },
  git: { version: '2.39.5', path: '/git' },
  go: { version: '1.26.8', path: '/go' },
  cores: 2,
  memoryBytes: 8 * gibibyte,
  disks: [{ path: '/cache', freeBytes: 20 * gibibyte }],
  tools: [{ ...k6, source: 'cache', version: '2.2.0', path: '/cache/k6' }],
  nodeTools: [{ ...kubectl, source: 'cache', version: '1.34.3', path: '/cache/kubectl' }],
};
const toBuild = [{ ...k6, source: 'build', version: '2.2.0', path: '/cache/k6' }] as const;
const noGo = { problem: 'Go 1.26 or newer was not found on PATH.' };

function statesOf(facts: Partial<MachineFacts>): Record<string, string> {
  const checks = checkMachine({ ...sound, ...facts });
  return Object.fromEntries(
    checks.filter(({ state }) => state !== 'ok').map(({ subject, state }) => [subject, state]),
  );
}

test('finds nothing to say about a sound machine', () => {
  expect(statesOf({})).toEqual({});
});

test('misses Go only when a program has to be built', () => {
  expect(statesOf({ go: noGo })).toEqual({ Go: 'note' });
  expect(statesOf({ go: noGo, tools: toBuild })).toEqual({ Go: 'problem', k6: 'note' });
});

test('asks for more free space when programs have to be built', () => {
  const disks = [{ path: '/cache', freeBytes: 5 * gibibyte }];
  expect(statesOf({ disks })).toEqual({});
  expect(statesOf({ disks, tools: toBuild })).toEqual({ 'free disk': 'problem', k6: 'note' });
});

test('lets a small machine try, and lets go without npm and git', () => {
  const states = statesOf({ cores: 1, memoryBytes: gibibyte, npm: undefined, git: undefined });
  expect(states).toEqual({ cores: 'note', memory: 'note', npm: 'note', git: 'note' });
});

test('notes an override of another version, and refuses one that cannot be used', () => {
  expect(statesOf({ tools: [{ ...k6, source: 'override', version: '2.3.0', path: '/k6' }] })).toEqual({
    k6: 'note',
  });
  expect(statesOf({ tools: [{ ...k6, source: 'unusable', problem: 'no such file' }] })).toEqual({
    k6: 'problem',
  });
});

test('only notes what nobody needs for a storm', () => {
  const unusable = { ...kubectl, source: 'unusable', problem: 'no such file' } as const;
  expect(statesOf({ nodeTools: [unusable] })).toEqual({ kubectl: 'note' });
  const unbuilt = { ...kubectl, source: 'build', version: '1.34.3', path: '/cache/kubectl' } as const;
  expect(statesOf({ nodeTools: [unbuilt], go: noGo })).toEqual({ kubectl: 'note', Go: 'note' });
});

test('tells with every problem how to end it', () => {
  const checks = checkMachine({ ...sound, go: noGo, disks: [{ path: '/', freeBytes: 0 }], tools: toBuild });
  const problems = checks.filter((check) => check.state === 'problem');
  expect(problems).toHaveLength(2);
  for (const problem of problems) expect(problem.fix).toMatch(/\S/);
});
