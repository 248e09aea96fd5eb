import type { Stack } from '../stack.ts';
import { type Component, digestOf, metadataOf, selectorOf } from './labels.ts';
import type { ManifestOfKind } from './manifest.ts';

/** The workload that an object belongs to, and the object's own name where it differs. */
export type Owner = { readonly app: string; readonly component: Component; readonly name?: string };

/** An identity of its own for each workload, which the API server knows nothing good or bad about. */
export function serviceAccount(stack: Stack, owner: Owner): ManifestOfKind['ServiceAccount'] {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(stack, { name: owner.name ?? owner.app, ...owner }),
    automountServiceAccountToken: false,
  };
}

/**
 * Drains take one pod at a time.
 *
 * @param unreadyPods whether they take a pod that is not ready at any time, since it protects nobody and must not keep a
 *   node from being emptied, or only while the budget holds without it
 */
export function disruptionBudget(
  stack: Stack,
  owner: Owner,
  unreadyPods: 'AlwaysAllow' | 'IfHealthyBudget' = 'AlwaysAllow',
): ManifestOfKind['PodDisruptionBudget'] {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(stack, { name: owner.name ?? owner.app, ...owner }),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorOf(stack, owner.app) },
      unhealthyPodEvictionPolicy: unreadyPods,
    },
  };
}

/**
 * Files for a workload. Its name follows from its content, so that a change rolls out like any other change of the
 * pods, and a pod that restarts meanwhile still finds the files it was made for.
 */
export function configMap(
  stack: Stack,
  owner: Owner,
  data: Readonly<Record<string, string>>,
): ManifestOfKind['ConfigMap'] {
  const digest = digestOf(...Object.entries(data).flat());
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(stack, { ...owner, name: `${owner.name ?? owner.app}-${digest}` }),
    immutable: true,
    data: { ...data },
  };
}

/** A Service over the pods of a workload; ports by name. */
export function service(
  stack: Stack,
  owner: Owner,
  options: {
    readonly ports: Readonly<Record<string, number>>;
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
    /** Names for each pod instead of one address: of every pod, or of those that are ready. */
    readonly headless?: 'every-pod' | 'ready-pods';
  },
): ManifestOfKind['Service'] {
  const { ports, type = 'ClusterIP', headless } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(stack, { name: owner.name ?? owner.app, ...owner }),
    spec: {
      type,
      selector: selectorOf(stack, owner.app),
      ...(headless === undefined ? {} : { clusterIP: 'None' }),
      ...(headless === 'every-pod' ? { publishNotReadyAddresses: true } : {}),
      ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port, protocol: 'TCP' })),
    },
  };
}

/** The labels of a workload's pods. */
export function podLabels(stack: Stack, owner: Owner): Record<string, string> {
  return metadataOf(stack, { name: owner.app, ...owner }).labels ?? {};
}

/** The longest name that Kubernetes takes for a container's port. */
const portNameMax = 15;

/** The ports of a container that have a name there; a container may listen on others. */
export function containerPorts(ports: Readonly<Record<string, number>>) {
  const named = Object.entries(ports).filter(([name]) => name.length <= portNameMax);
  return named.map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' }));
}
