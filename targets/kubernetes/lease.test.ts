import type { V1Lease } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { withLease } from './lease.ts';

/** A lease that the API server keeps: whoever writes an old version of it is refused. */
function keeper() {
  let kept: V1Lease | undefined;
  let version = 0;
  return {
    namespace: 'stormproof',
    lease: async () => kept,
    writeLease: async (lease: V1Lease) => {
      if (lease.metadata?.resourceVersion !== kept?.metadata?.resourceVersion) return undefined;
      version += 1;
      // Times come back as text.
      kept = JSON.parse(JSON.stringify(lease)) as V1Lease;
      kept.metadata = { ...kept.metadata, resourceVersion: String(version) };
      return kept;
    },
  };
}

describe('the turn on a namespace', () => {
  const clock = { nowMs: 1_000_000 };
  const turn = (cluster: ReturnType<typeof keeper>, holder: string, body: () => Promise<unknown>) =>
    withLease(cluster, { lease: 'stormproof-turn', holder, nowMs: () => clock.nowMs }, body);

  test('is refused while another has it, who is named', async () => {
    const cluster = keeper();
    await turn(cluster, 'anna', async () => {
      await expect(turn(cluster, 'ben', never)).rejects.toThrow(/anna is at work/);
    });
  });

  test('is free once the other is done', async () => {
    const cluster = keeper();
    await turn(cluster, 'anna', async () => 1);
    expect(await turn(cluster, 'ben', async () => 2)).toBe(2);
  });

  test('is free a minute after its holder has died', async () => {
    const cluster = keeper();
    await turn(cluster, 'anna', async () => {
      clock.nowMs += 59_000;
      await expect(turn(cluster, 'ben', never)).rejects.toThrow('anna');
      clock.nowMs += 2_000;
      expect(await turn(cluster, 'ben', async () => 'mine')).toBe('mine');
    });
  });

  test('goes to one of two who ask at once', async () => {
    const cluster = keeper();
    const both = await Promise.allSettled(
      ['anna', 'ben'].map((name) => turn(cluster, name, async () => name)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

const never = () => Promise.reject(new Error('it must not run'));
