import type { Cluster } from './cluster.ts';

export type ContainerUsage = {
  /** Since the container started. */
  readonly cpuUs: number;
  readonly rssBytes: number | undefined;
};

type UsageByContainer = ReadonlyMap<string, ContainerUsage>;

/** CPU and memory of containers, from the kubelets of their nodes. */
export type UsageReader = {
  /**
   * By {@link usageKey}, as old as {@link usageLagMs} at most. Empty where the user may not ask it, or it does not
   * answer: figures are an extra.
   */
  read(nodes: readonly string[]): Promise<UsageByContainer>;
};

export function usageKey(podUid: string, container: string): string {
  return `${podUid} ${container}`;
}

/** A kubelet measures every ten seconds, or up to half as long again. */
export const usageLagMs = 15_000;

/** How long an answer is good for: no kubelet measures more often. */
const freshMs = 2_000;

export function createUsageReader(cluster: Pick<Cluster, 'nodeStats'>, nowMs: () => number): UsageReader {
  /** The last answer of each node; a failed one is remembered too, so that it is not asked at once again. */
  const answers = new Map<string, { readonly atMs: number; readonly usage: Promise<UsageByContainer> }>();
  const ask = (node: string): Promise<UsageByContainer> => {
    const last = answers.get(node);
    if (last !== undefined && nowMs() - last.atMs < freshMs) return last.usage;
    const usage = cluster.nodeStats(node).then(parseSummary, (): UsageByContainer => new Map());
    answers.set(node, { atMs: nowMs(), usage });
    return usage;
  };
  return {
    async read(nodes) {
      const all = await Promise.all([...new Set(nodes)].map(ask));
      return new Map(all.flatMap((usage) => [...usage]));
    },
  };
}

/**
 * The parts of `/stats/summary` that are read here; see
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/ and k8s.io/kubelet/pkg/apis/stats/v1alpha1.
 */
type Summary = {
  readonly pods?: readonly {
    readonly podRef?: { readonly name?: string; readonly uid?: string };
    readonly containers?: readonly {
      readonly name?: string;
      readonly cpu?: { readonly usageCoreNanoSeconds?: number };
      readonly memory?: { readonly rssBytes?: number };
    }[];
  }[];
};

/** What every container has used, by {@link usageKey}; those that were not measured yet are left out. */
export function parseSummary(summary: unknown): UsageByContainer {
  const usage = new Map<string, ContainerUsage>();
  for (const { podRef, containers = [] } of (summary as Summary | null)?.pods ?? []) {
    for (const { name, cpu, memory } of containers) {
      if (cpu?.usageCoreNanoSeconds === undefined) continue;
      usage.set(usageKey(podRef?.uid ?? '', name ?? ''), {
        cpuUs: cpu.usageCoreNanoSeconds / 1_000,
        rssBytes: memory?.rssBytes,
      });
    }
  }
  return usage;
}
