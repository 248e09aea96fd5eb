import type { LiveObject } from './cluster.ts';

/** How far an object is on the way to do what it is there for. */
export type Readiness =
  | { readonly state: 'ready' }
  /** `failed` will not get any further. */
  | { readonly state: 'waiting' | 'failed'; readonly why: string };

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
};

const ready: Readiness = { state: 'ready' };

/** What the official provider waits for with these kinds; objects of other kinds are ready once they exist. */
const rules: Readonly<Record<string, (live: LiveObject) => Readiness>> = {
  Deployment: deploymentReadiness,
  StatefulSet: statefulSetReadiness,
  Job: jobReadiness,
};

export function readinessOf(live: LiveObject): Readiness {
  return rules[live.kind]?.(live) ?? ready;
}

function deploymentReadiness(live: LiveObject): Readiness {
  const progress = conditionOf(live, 'Progressing');
  if (isObserved(live) && progress?.reason === 'ProgressDeadlineExceeded') {
    return { state: 'failed', why: progress.message ?? progress.reason };
  }
  const replicas = count(live.spec?.replicas, 1);
  const { updatedReplicas, availableReplicas, replicas: running } = live.status ?? {};
  const isDone =
    isObserved(live) &&
    count(updatedReplicas) >= replicas &&
    count(availableReplicas) >= replicas &&
    count(running) <= replicas;
  return isDone
    ? ready
    : waiting(
        `of ${replicas} pods, ${count(updatedReplicas)} are up to date, ${count(availableReplicas)} available`,
      );
}

function statefulSetReadiness(live: LiveObject): Readiness {
  const replicas = count(live.spec?.replicas, 1);
  const { readyReplicas, availableReplicas, currentRevision, updateRevision } = live.status ?? {};
  const isDone =
    isObserved(live) && currentRevision === updateRevision && count(availableReplicas) >= replicas;
  return isDone
    ? ready
    : waiting(
        `of ${replicas} pods, ${count(readyReplicas)} are ready` +
          (currentRevision === updateRevision ? '' : `, and not all of revision ${updateRevision}`),
      );
}

function jobReadiness(live: LiveObject): Readiness {
  if (conditionOf(live, 'Complete')?.status === 'True') return ready;
  const failed = conditionOf(live, 'Failed');
  if (failed?.status === 'True') return { state: 'failed', why: `${failed.reason}: ${failed.message}` };
  return waiting(`${count(live.status?.active)} pods are at work, ${count(live.status?.failed)} have failed`);
}

function waiting(why: string): Readiness {
  return { state: 'waiting', why };
}

/** Whether the status is that of the newest specification. */
function isObserved(live: LiveObject): boolean {
  return count(live.status?.observedGeneration) >= count(live.metadata.generation);
}

function conditionOf(live: LiveObject, type: string): Condition | undefined {
  const conditions = (live.status?.conditions ?? []) as readonly Condition[];
  return conditions.find((condition) => condition.type === type);
}

function count(value: unknown, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}
