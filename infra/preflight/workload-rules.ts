import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { isWorkload, type Manifest, type ManifestOfKind, podSpecOf } from '../manifests/index.ts';
import { podTemplateOf, type Workload } from '../manifests/manifest.ts';
import { carriesOrders, type Stack } from '../stack.ts';
import { notRestricted } from './hardening.ts';
import type { StackRule } from './rule.ts';

type Placed = { readonly where: string; readonly container: Container };

function where({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

function containersOf(manifests: readonly Manifest[]): readonly Placed[] {
  return manifests.filter(isWorkload).flatMap((workload) => {
    const { initContainers = [], containers } = podSpecOf(workload);
    return [...initContainers, ...containers].map((container) => ({
      where: `${where(workload)}, container ${container.name}`,
      container,
    }));
  });
}

/** Deployments and StatefulSets that orders depend on. */
function orderWorkloads(
  stack: Stack,
  manifests: readonly Manifest[],
): readonly ManifestOfKind['Deployment' | 'StatefulSet'][] {
  return manifests.filter(isLasting).filter(({ metadata: { name } }) => {
    const service = stack.topology.services.find((candidate) => candidate.name === name);
    if (service === undefined) return name === 'nats';
    return service.isSimulated !== true && carriesOrders(stack.topology, name);
  });
}

function isLasting(manifest: Manifest): manifest is ManifestOfKind['Deployment' | 'StatefulSet'] {
  return manifest.kind === 'Deployment' || manifest.kind === 'StatefulSet';
}

/** Whether a selector's labels are all among the pods'. */
function selects(labels: Readonly<Record<string, string>> | undefined, workload: Workload): boolean {
  const found = podTemplateOf(workload).metadata?.labels ?? {};
  const wanted = Object.entries(labels ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => found[key] === value);
}

const oneReplica: StackRule = {
  name: 'one-replica',
  severity: 'error',
  check: (stack, manifests) =>
    orderWorkloads(stack, manifests)
      .map((workload) => ({ workload, replicas: leastReplicas(workload, manifests) }))
      .filter(({ replicas }) => replicas < 2)
      .map(({ workload, replicas }) => ({
        where: where(workload),
        danger: `with ${replicas} instance(s) every restart, drain or lost node stops orders`,
        fix: `set stormproof:replicas of ${workload.metadata.name} to 2 or more`,
      })),
};

/** An autoscaler's least, where there is one. */
function leastReplicas(
  workload: ManifestOfKind['Deployment' | 'StatefulSet'],
  manifests: readonly Manifest[],
): number {
  for (const manifest of manifests) {
    if (manifest.kind !== 'HorizontalPodAutoscaler') continue;
    const { kind, name } = manifest.spec?.scaleTargetRef ?? {};
    if (kind === workload.kind && name === workload.metadata.name) return manifest.spec?.minReplicas ?? 1;
  }
  return workload.spec?.replicas ?? 1;
}

const missingBudget: StackRule = {
  name: 'missing-disruption-budget',
  severity: 'error',
  check: (stack, manifests) => {
    const budgets = manifests.filter((manifest) => manifest.kind === 'PodDisruptionBudget');
    return orderWorkloads(stack, manifests)
      .filter((workload) => !budgets.some(({ spec }) => selects(spec?.selector?.matchLabels, workload)))
      .map((workload) => ({
        where: where(workload),
        danger: 'nodes that are drained together take all its pods at once',
        fix: 'add a PodDisruptionBudget with maxUnavailable 1 that selects its pods',
      }));
  },
};

const noLimits: StackRule = {
  name: 'no-limits',
  severity: 'error',
  check: (_, manifests) =>
    containersOf(manifests)
      .filter(({ container }) => {
        const { limits, requests } = container.resources ?? {};
        return limits?.memory === undefined || requests?.memory === undefined || requests.cpu === undefined;
      })
      .map(({ where }) => ({
        where,
        danger:
          'it can take the memory of its node from pods that hold orders, and is given no CPU of its own',
        fix: 'give it requests of CPU and memory and a limit of memory (stormproof:resources)',
      })),
};

const mutableTag: StackRule = {
  name: 'mutable-tag',
  severity: 'error',
  check: (_, manifests) =>
    containersOf(manifests)
      .filter(({ container }) => isMutable(container.image ?? ''))
      .map(({ where, container }) => ({
        where,
        danger: `the image ${container.image} can be another one tomorrow, on one node and not on the next`,
        fix: 'name a version or, better, a digest (stormproof:images)',
      })),
};

const tagWithoutDigest: StackRule = {
  name: 'tag-without-digest',
  severity: 'warning',
  check: (stack, manifests) => {
    if (stack.config.environment !== 'production') return [];
    const images = containersOf(manifests).map(({ container }) => container.image ?? '');
    return [...new Set(images)]
      .filter((image) => !isMutable(image) && !image.includes('@sha256:'))
      .map((image) => ({
        where: `image ${image}`,
        danger: 'whoever may write to the registry can put something else behind the tag',
        fix: `pin it: ${image}@sha256:<digest> (stormproof:images)`,
      }));
  },
};

/** Whether an image reference names no version: no tag, or one that moves. */
function isMutable(image: string): boolean {
  if (image.includes('@sha256:')) return false;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || ['latest', 'main', 'master', 'edge', 'stable', 'nightly'].includes(tag);
}

const missingProbe: StackRule = {
  name: 'missing-probe',
  severity: 'error',
  check: (_, manifests) =>
    manifests
      .filter(isLasting)
      .filter((workload) =>
        podSpecOf(workload).containers.some(
          ({ readinessProbe, livenessProbe }) => readinessProbe === undefined || livenessProbe === undefined,
        ),
      )
      .map((workload) => ({
        where: where(workload),
        danger: 'it is sent work before it is ready, and stays when it hangs',
        fix: 'give each of its containers a readiness and a liveness probe',
      })),
};

export const workloadRules: readonly StackRule[] = [
  oneReplica,
  missingBudget,
  noLimits,
  mutableTag,
  tagWithoutDigest,
  notRestricted,
  missingProbe,
];
