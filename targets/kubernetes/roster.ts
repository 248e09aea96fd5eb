import type { Cluster } from './cluster.ts';
import { seat } from './ordinals.ts';
import { type PodFacts, toPodFacts } from './pods.ts';

/** Which pod is which instance. */
export type Roster = {
  /**
   * The pods of a service by ordinal, as they were at most `maxAgeMs` ago (default 0: now). Where a pod is missing, so
   * is its ordinal.
   */
  pods(service: string, options?: { readonly maxAgeMs?: number }): Promise<ReadonlyMap<number, PodFacts>>;
  /** Whether that very pod is there, ending or not. */
  knows(pod: Pick<PodFacts, 'uid'>): Promise<boolean>;
};

/**
 * Keeps the ordinals of pods that have none of their own (a Deployment's) as long as this process lives; another
 * process may count them otherwise.
 *
 * @param replicasOf how many instances a service is to have
 */
export function createRoster(options: {
  readonly cluster: Pick<Cluster, 'pods'>;
  readonly stack: string;
  readonly replicasOf: (service: string) => number;
  readonly nowMs: () => number;
}): Roster {
  const { cluster, stack, replicasOf, nowMs } = options;
  /** The ordinals of pods that were there at the last look, by service and uid. */
  const seats = new Map<string, ReadonlyMap<string, number>>();
  /** The last look, which may be under way: callers at the same time share one. */
  let last: { readonly atMs: number; readonly pods: Promise<readonly PodFacts[]> } | undefined;

  function look(maxAgeMs: number): Promise<readonly PodFacts[]> {
    if (last !== undefined && nowMs() - last.atMs <= maxAgeMs) return last.pods;
    const pods = cluster
      .pods(`app.kubernetes.io/part-of=stormproof,app.kubernetes.io/instance=${stack}`)
      .then((found) => found.map(toPodFacts));
    last = { atMs: nowMs(), pods };
    return pods;
  }

  return {
    async pods(service, { maxAgeMs = 0 } = {}) {
      const all = await look(maxAgeMs);
      // A pod of a StatefulSet that is ending is still that instance: its successor waits for its name.
      const counted = all.filter(
        (pod) => pod.service === service && !(pod.isEnding && pod.ordinal === undefined),
      );
      const seated = seat(seats.get(service) ?? new Map(), counted, replicasOf(service));
      seats.set(service, seated);
      const byOrdinal = counted.map((pod) => [seated.get(pod.uid) ?? 0, pod] as const);
      return new Map(byOrdinal.sort(([one], [other]) => one - other));
    },

    knows: async ({ uid }) => (await look(0)).some((pod) => pod.uid === uid),
  };
}
