import type { DeploymentSpec } from 'kubernetes-types/apps/v1.d.ts';
import type { PodSpec } from 'kubernetes-types/core/v1.d.ts';
import type { Stack } from '../stack.ts';
import { metadataOf, selectorOf } from './labels.ts';
import type { ManifestOfKind } from './manifest.ts';
import { type Owner, podLabels } from './objects.ts';
import { claimsOf } from './storage.ts';

/** What runs the pods of a program: a StatefulSet where they keep files that exist nowhere else, else a Deployment. */
export function workload(
  stack: Stack,
  owner: Owner,
  options: {
    /** Absent where an autoscaler decides alone: a number would undo its work with every deployment. */
    readonly replicas?: number;
    readonly pod: PodSpec;
    /** Gibibytes of the claim of each pod; absent: they keep nothing. */
    readonly keptGib: number | undefined;
    /** How pods that keep nothing are exchanged. */
    readonly rollout: Omit<DeploymentSpec, 'replicas' | 'selector' | 'template'>;
  },
): ManifestOfKind['Deployment' | 'StatefulSet'] {
  const { app: name } = owner;
  const { replicas, pod, keptGib, rollout } = options;
  const metadata = metadataOf(stack, { ...owner, name });
  const common = {
    ...(replicas === undefined ? {} : { replicas }),
    revisionHistoryLimit: 3,
    selector: { matchLabels: selectorOf(stack, name) },
    template: { metadata: { labels: podLabels(stack, owner) }, spec: pod },
  };
  if (keptGib === undefined) {
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { ...common, ...rollout } };
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: { ...common, serviceName: name, ...claimsOf(stack, name, keptGib) },
  };
}
