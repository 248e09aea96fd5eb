import { describe, expect, test } from 'vitest';
import { instancesOf } from './derive/index.ts';
import { platform } from './platform.ts';
import { preflight } from './preflight/preflight.ts';
import { localReplicasOf, sharingServices, withLocalReplicas } from './replicas.ts';

describe('local replicas', () => {
  test('are for services whose instances share the work', () => {
    expect(sharingServices(platform)).toEqual(['order', 'payment']);
  });

  test('are as many as was said, and of the others as many as there were', () => {
    const topology = withLocalReplicas(platform, { order: 3 });
    expect(localReplicasOf(topology)).toEqual({ order: 3, payment: 1 });
    const names = instancesOf(topology, 'local').map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['order-0', 'order-1', 'order-2', 'payment-0', 'psp-0']));
    expect(names).not.toContain('payment-1');
    expect(preflight(topology)).toEqual([]);
  });

  test('of nothing are the platform as it is', () => {
    expect(withLocalReplicas(platform, {})).toEqual(platform);
    expect(withLocalReplicas(platform, localReplicasOf(platform))).toEqual(platform);
  });

  test.each([
    [{ psp: 2 }, 'psp cannot have replicas; expected one of order, payment'],
    [{ 'broker-metrics': 2 }, 'broker-metrics cannot have replicas'],
    [{ nobody: 2 }, 'nobody cannot have replicas'],
    [{ order: 0 }, 'order cannot have 0 replicas'],
    [{ order: 1.5 }, 'order cannot have 1.5 replicas'],
  ])('%j is refused', (counts, message) => {
    expect(() => withLocalReplicas(platform, counts)).toThrow(message);
  });
});
