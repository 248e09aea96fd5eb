import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { describeInstances } from './instances.ts';
import { createRoster } from './roster.ts';

const pod = (uid: string, service: string, changes: Partial<V1Pod['metadata']> = {}): V1Pod => ({
  metadata: { name: `${service}-${uid}`, uid, labels: { 'app.kubernetes.io/name': service }, ...changes },
});
const ending = { deletionTimestamp: new Date() };
const ofStatefulSet = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'nats', uid: 's' }],
};

/** A roster of a cluster whose pods a test decides, and how often it was asked. */
function rosterOf(pods: () => readonly V1Pod[]) {
  const clock = { nowMs: 0, looks: 0 };
  const roster = createRoster({
    cluster: {
      pods: async () => {
        clock.looks += 1;
        return pods();
      },
    },
    stack: 'dev',
    replicasOf: () => 2,
    nowMs: () => clock.nowMs,
  });
  return { roster, clock };
}

describe('the roster', () => {
  test('gives the ordinal of a pod that is ending to its replacement', async () => {
    let pods = [pod('a', 'order'), pod('b', 'order')];
    const { roster, clock } = rosterOf(() => pods);
    expect([...(await roster.pods('order'))].map(([at, { uid }]) => [at, uid])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    pods = [pod('a', 'order', ending), pod('b', 'order'), pod('c', 'order')];
    clock.nowMs += 1;
    expect((await roster.pods('order')).get(0)?.uid).toBe('c');
    expect(await roster.knows({ uid: 'a' })).toBe(true);
  });

  test('keeps the ordinal of a broker that is ending: its successor has the same name', async () => {
    const { roster } = rosterOf(() => [pod('1', 'nats', { ...ofStatefulSet, ...ending })]);
    expect((await roster.pods('nats')).get(1)?.isEnding).toBe(true);
  });

  test('looks once for all who ask at the same time, and again for who asks later', async () => {
    const { roster, clock } = rosterOf(() => []);
    await Promise.all([roster.pods('order'), roster.pods('payment')]);
    expect(clock.looks).toBe(1);
    clock.nowMs = 400;
    await roster.pods('order', { maxAgeMs: 500 });
    expect(clock.looks).toBe(1);
    await roster.pods('order');
    expect(clock.looks).toBe(2);
  });
});

test('an instance without a pod is stopped, and a surplus pod is one more instance', async () => {
  const { roster } = rosterOf(() => [pod('a', 'order')]);
  const pods = await roster.pods('order');
  const states = (replicas: number) =>
    describeInstances({ service: 'order', replicas, pods, usage: new Map() }).map(({ name, missing }) => [
      name,
      ...missing,
    ]);
  expect(states(2)).toEqual([
    ['order-0', 'it does not run yet'],
    ['order-1', 'it has no pod'],
  ]);
  expect(states(0)).toHaveLength(1);
});
