import type { Cluster, LiveObject } from './cluster.ts';

type ContainerStatus = {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly reason?: string; readonly exitCode: number };
  };
};

type Condition = {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
};

/** What the pods of a workload that is not ready say of themselves, a line for each container in trouble. */
export async function podTroubles(cluster: Cluster, workload: LiveObject): Promise<readonly string[]> {
  const selector = workload.spec?.selector as { readonly matchLabels?: Record<string, string> } | undefined;
  if (selector?.matchLabels === undefined) return [];
  const { namespace } = workload.metadata;
  const pods = await cluster.list(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: '', ...(namespace === undefined ? {} : { namespace }) },
    },
    selector.matchLabels,
  );
  return pods.flatMap(troublesOf);
}

/** What a pod says of itself: the containers that are not ready and why, or why there are none. */
export function troublesOf(pod: LiveObject): readonly string[] {
  const {
    initContainerStatuses = [],
    containerStatuses = [],
    conditions = [],
  } = (pod.status ?? {}) as {
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly conditions?: readonly Condition[];
  };
  const unscheduled = conditions.filter(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const containers = [...initContainerStatuses, ...containerStatuses].filter(
    ({ ready, state }) => !ready && state?.terminated?.exitCode !== 0,
  );
  const { name } = pod.metadata;
  return [
    ...unscheduled.map(({ message }) => `pod ${name}: ${message}`),
    ...containers.map((container) => `pod ${name}, container ${container.name}: ${whyNot(container)}`),
  ];
}

function whyNot({ state = {} }: ContainerStatus): string {
  const { waiting, terminated } = state;
  if (terminated !== undefined) return `ended with ${terminated.exitCode} (${terminated.reason})`;
  if (waiting !== undefined) return [waiting.reason, waiting.message].filter(Boolean).join(': ');
  return 'runs, but is not ready';
}
