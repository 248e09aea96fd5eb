import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, test } from 'vitest';
import { stackWith } from '../fixtures/stacks.ts';
import { isWorkload, type Manifest, partsOf, podSpecOf } from '../manifests/index.ts';
import type { Stack } from '../stack.ts';
import { notRestricted } from './hardening.ts';
import { preflightStack } from './preflight.ts';

const names = ['dev', 'node', 'chaos', 'production'] as const;
type Name = (typeof names)[number];
const stacks = Object.fromEntries(names.map((name) => [name, stackWith(name)])) as Record<Name, Stack>;
const manifests = Object.fromEntries(
  names.map((name) => [name, partsOf(stacks[name]).flatMap((part) => part.manifests)]),
) as unknown as Record<Name, readonly Manifest[]>;

/** What is found wrong when one workload of a stack is spoiled. */
function findingsWith(stack: Name, workload: string, spoil: (pod: PodSpec) => void) {
  // One by one: some share what they are made of, and a clone of them all would share it too.
  const cloned = manifests[stack].map((manifest) => structuredClone(manifest));
  for (const manifest of cloned) {
    if (isWorkload(manifest) && nameOf(manifest) === workload) spoil(podSpecOf(manifest));
  }
  return notRestricted.check(stacks[stack], cloned);
}

const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
const workloads = names.flatMap((stack) =>
  manifests[stack].filter(isWorkload).map((workload) => [stack, nameOf(workload)] as const),
);

/** Every way to drop a setting of a pod, and the words in which that is told. */
const ofPods: readonly (readonly [wanted: string, spoil: (pod: PodSpec) => void])[] = [
  ['runAsNonRoot', (pod) => delete pod.securityContext?.runAsNonRoot],
  ['runAsUser', (pod) => Object.assign(pod.securityContext ?? {}, { runAsUser: 0 })],
  ['seccompProfile', (pod) => delete pod.securityContext?.seccompProfile],
  [
    'seccompProfile',
    (pod) => Object.assign(pod.securityContext ?? {}, { seccompProfile: { type: 'Unconfined' } }),
  ],
  ['hostNetwork', (pod) => Object.assign(pod, { hostNetwork: true })],
  ['hostPID', (pod) => Object.assign(pod, { hostPID: true })],
  ['hostIPC', (pod) => Object.assign(pod, { hostIPC: true })],
  ['hostPath', (pod) => Object.assign(pod, { volumes: [{ name: 'all', hostPath: { path: '/' } }] })],
  ['automountServiceAccountToken', (pod) => delete pod.automountServiceAccountToken],
];

const ofContainers: readonly (readonly [wanted: string, change: Container['securityContext']])[] = [
  ['allowPrivilegeEscalation', { allowPrivilegeEscalation: true }],
  ['readOnlyRootFilesystem', { readOnlyRootFilesystem: false }],
  ['capabilities dropped', { capabilities: { drop: ['NET_RAW'] } }],
  ['capabilities added', { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }],
  ['privileged', { privileged: true }],
  ['runAsNonRoot', { runAsNonRoot: false }],
  ['runAsUser', { runAsUser: 0 }],
  ['seccompProfile', { seccompProfile: { type: 'Unconfined' } }],
];

describe('hardening', () => {
  test.each(names)('every workload of the stack %s has it', (stack) => {
    expect(preflightStack(stacks[stack]).filter(({ rule }) => rule === 'not-restricted')).toEqual([]);
  });

  test('is looked for in Deployments, StatefulSets, Jobs and CronJobs, wherever they are', () => {
    const kinds = new Set(workloads.map(([, name]) => name.split(' ')[0]));
    expect([...kinds].sort()).toEqual(['CronJob', 'Deployment', 'Job', 'StatefulSet']);
  });

  test.each(workloads)('stack %s, %s: no setting of its pods can be dropped', (stack, workload) => {
    for (const [wanted, spoil] of ofPods) {
      const found = findingsWith(stack, workload, spoil);
      expect(found, wanted).toEqual([
        expect.objectContaining({ where: workload, fix: expect.stringContaining(wanted) }),
      ]);
    }
  });

  test.each(workloads)('stack %s, %s: no setting of a container can be dropped', (stack, workload) => {
    for (const [wanted, change] of ofContainers) {
      const places: string[] = [];
      const found = findingsWith(stack, workload, (pod) => {
        for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
          places.push(`${workload}, container ${container.name}`);
          container.securityContext = { ...container.securityContext, ...change };
        }
      });
      expect(
        found.map(({ where }) => where),
        wanted,
      ).toEqual(places);
      for (const { fix } of found) expect(fix).toContain(wanted);
    }
  });
});
