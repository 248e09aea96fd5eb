import { instanceName } from '../../topology/derive/index.ts';
import type { Instance } from '../target.ts';
import type { PodFacts } from './pods.ts';
import { type ContainerUsage, usageKey, usageLagMs } from './stats.ts';

/**
 * The instances of a service as a target lists them: as many as it is to have, and any more there are. An instance
 * without a pod is stopped; its replacement is on its way.
 */
export function describeInstances(options: {
  readonly service: string;
  readonly replicas: number;
  readonly pods: ReadonlyMap<number, PodFacts>;
  readonly usage: ReadonlyMap<string, ContainerUsage>;
}): readonly Instance[] {
  const { service, replicas, pods, usage } = options;
  const count = Math.max(replicas, ...[...pods.keys()].map((ordinal) => ordinal + 1));
  return Array.from({ length: count }, (_, ordinal) => {
    const identity = { name: instanceName(service, ordinal), service };
    const pod = pods.get(ordinal);
    if (pod === undefined)
      return { ...identity, state: 'stopped', isReady: false, missing: ['it has no pod'] };
    const used = usage.get(usageKey(pod.uid, service));
    return {
      ...identity,
      state: pod.isRunning ? 'running' : 'stopped',
      isReady: pod.isReady,
      missing: pod.missing,
      pod: pod.name,
      ...(pod.incarnation === undefined ? {} : { incarnation: pod.incarnation }),
      ...(pod.startedAt === undefined ? {} : { startedAt: pod.startedAt }),
      ...(used === undefined ? {} : { cpuUs: used.cpuUs, cpuLagMs: usageLagMs }),
      ...(used?.rssBytes === undefined ? {} : { rssBytes: used.rssBytes }),
    };
  });
}
