import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** What a target wants to know of a pod. */
export type PodFacts = {
  readonly name: string;
  readonly uid: string;
  /** The service or backend that it is an instance of. */
  readonly service: string;
  readonly node: string | undefined;
  readonly createdAtMs: number;
  /** The ordinal that its StatefulSet gave it; undefined for others. */
  readonly ordinal: number | undefined;
  /** It was told to end, or has ended for good: a replacement is on its way, or there. */
  readonly isEnding: boolean;
  readonly isRunning: boolean;
  readonly isReady: boolean;
  /** Which run of its program this is; undefined when it does not run. */
  readonly incarnation: string | undefined;
  readonly startedAt: Date | undefined;
  /** Why it is not ready, as far as the API server knows; empty when it is. */
  readonly missing: readonly string[];
};

/** Reads what matters. The program is the container that is called as the service; others are helpers. */
export function toPodFacts(pod: V1Pod): PodFacts {
  const { metadata, spec, status } = pod;
  const service = metadata?.labels?.['app.kubernetes.io/name'] ?? '';
  const container = status?.containerStatuses?.find(({ name }) => name === service);
  const running = container?.state?.running;
  const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  const isEnding = metadata?.deletionTimestamp !== undefined || isOver;
  const uid = metadata?.uid ?? '';
  const isReady = !isEnding && conditionOf(pod, 'Ready')?.status === 'True';
  return {
    name: metadata?.name ?? '',
    uid,
    service,
    node: spec?.nodeName,
    createdAtMs: metadata?.creationTimestamp?.getTime() ?? 0,
    ordinal: ordinalOf(pod),
    isEnding,
    isRunning: running !== undefined,
    isReady,
    incarnation: running === undefined ? undefined : `${uid} ${container?.containerID ?? ''}`,
    startedAt: running?.startedAt,
    missing: isReady ? [] : [reasonOf(pod, container, isEnding)],
  };
}

function ordinalOf({ metadata }: V1Pod): number | undefined {
  if (metadata?.ownerReferences?.some(({ kind }) => kind === 'StatefulSet') !== true) return undefined;
  return Number(/\d+$/.exec(metadata.name ?? '')?.[0]);
}

function reasonOf(pod: V1Pod, container: V1ContainerStatus | undefined, isEnding: boolean): string {
  if (isEnding) return 'it is ending';
  const { waiting, terminated } = container?.state ?? {};
  if (waiting !== undefined) {
    return [waiting.reason ?? 'it does not run yet', waiting.message ?? []].flat().join(': ');
  }
  if (terminated !== undefined) {
    return `it ended with exit code ${terminated.exitCode} (${terminated.reason ?? 'no reason given'})`;
  }
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') return scheduled.message ?? 'no node takes it';
  if (container?.state?.running === undefined) return 'it does not run yet';
  return container.started === true ? 'its readiness probe fails' : 'its start-up probe has not passed yet';
}

function conditionOf(pod: V1Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}
