import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { toPodFacts } from './pods.ts';

const ready: V1Pod = {
  metadata: {
    name: 'payment-6c9f-x2x4z',
    uid: 'u1',
    creationTimestamp: new Date(1_000),
    labels: { 'app.kubernetes.io/name': 'payment' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'payment-6c9f', uid: 'r' }],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { ...{ name: 'helper', image: '', imageID: '', ready: true, restartCount: 0, containerID: 'c0' } },
      {
        ...{ name: 'payment', image: '', imageID: '', ready: true, restartCount: 0, containerID: 'c1' },
        started: true,
        state: { running: { startedAt: new Date(2_000) } },
      },
    ],
  },
};

/** The same pod, its program's container changed. */
function withProgram(changes: object, conditions = [{ type: 'Ready', status: 'False' }]): V1Pod {
  const containerStatuses = (ready.status?.containerStatuses ?? []).map((container) =>
    container.name === 'payment' ? { ...container, ...changes } : container,
  );
  return { ...ready, status: { phase: 'Running', conditions, containerStatuses } };
}

describe('a pod', () => {
  test('that is ready says who it is', () => {
    expect(toPodFacts(ready)).toMatchObject({
      service: 'payment',
      ordinal: undefined,
      isRunning: true,
      isReady: true,
      incarnation: 'u1 c1',
      missing: [],
    });
  });

  test('of a StatefulSet has its ordinal', () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'nats', uid: 's' }];
    expect(toPodFacts({ metadata: { ...ready.metadata, name: 'nats-2', ownerReferences } }).ordinal).toBe(2);
  });

  test('whose container was restarted is another incarnation', () => {
    expect(toPodFacts(withProgram({ containerID: 'c2' })).incarnation).not.toBe(
      toPodFacts(ready).incarnation,
    );
  });

  test('that is ending is not ready, whatever its condition says', () => {
    const ending = { ...ready, metadata: { ...ready.metadata, deletionTimestamp: new Date() } };
    expect(toPodFacts(ending)).toMatchObject({ isEnding: true, isReady: false, missing: ['it is ending'] });
  });

  test('that was evicted counts no more', () => {
    expect(toPodFacts({ ...ready, status: { phase: 'Failed' } }).isEnding).toBe(true);
  });

  test.each<[string, V1Pod, string]>([
    ['fails its readiness probe', withProgram({}), 'its readiness probe fails'],
    ['starts', withProgram({ started: false }), 'its start-up probe has not passed yet'],
    [
      'crashes',
      withProgram({ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } } }),
      'CrashLoopBackOff: back-off 10s',
    ],
    [
      'was killed',
      withProgram({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
      'it ended with exit code 137 (OOMKilled)',
    ],
    [
      'fits on no node',
      withProgram({ state: {} }, [
        { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' } as never,
      ]),
      '0/1 nodes are available',
    ],
  ])('that %s says so', (_what, pod, expected) => {
    expect(toPodFacts(pod).missing).toEqual([expected]);
  });
});
