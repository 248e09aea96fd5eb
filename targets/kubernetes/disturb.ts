import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance, TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';
import type { PodFacts } from './pods.ts';
import type { Roster } from './roster.ts';

const pollMs = 250;
/** Beyond the grace, for the kubelet to tell the API server that a pod has ended. */
const endingSlackMs = 30_000;
/** A pod may be scheduled, pulled, started and caught up in this time. */
const readyDeadlineMs = 180_000;

/**
 * Deletes a pod and waits until the API server no longer knows it.
 *
 * Without grace the API server forgets it at once, while the kubelet sends TERM and, two seconds later, KILL: that is
 * the shortest end there is. With grace it is remembered until its containers have ended.
 *
 * @returns how long that took, and whether its program had to be killed, as far as its last status tells
 */
export async function endPod(
  { cluster, roster }: { readonly cluster: Pick<Cluster, 'deletePod'>; readonly roster: Roster },
  pod: PodFacts,
  graceSeconds: number,
): Promise<{ readonly tookMs: number; readonly wasKilled: boolean }> {
  const startedAt = performance.now();
  await cluster.deletePod(pod, graceSeconds);
  const deadline = startedAt + graceSeconds * 1_000 + endingSlackMs;
  while (await roster.knows(pod)) {
    if (performance.now() >= deadline) {
      throw new TargetError('busy', `the pod ${pod.name} does not end although it was deleted`);
    }
    await sleep(pollMs);
  }
  const tookMs = performance.now() - startedAt;
  return { tookMs, wasKilled: tookMs >= graceSeconds * 1_000 };
}

/**
 * Waits until an instance is ready; that it is started is the controllers' business.
 * @throws TargetError `not-ready` with what was missing last
 */
export async function awaitReady(look: () => Promise<Instance>): Promise<void> {
  const deadline = performance.now() + readyDeadlineMs;
  for (;;) {
    const instance = await look().catch((error: unknown) => {
      // An API server that is away for a moment must not leave a fault unhealed.
      if (error instanceof TargetError && error.code === 'unreachable') return error;
      throw error;
    });
    const isKnown = !(instance instanceof TargetError);
    if (isKnown && instance.isReady) return;
    if (performance.now() >= deadline) {
      const why = isKnown ? `${instance.name}: ${instance.missing.join(', ')}` : instance.message;
      throw new TargetError('not-ready', `not ready within ${readyDeadlineMs / 1_000} s: ${why}`);
    }
    await sleep(pollMs);
  }
}
