import { apps, autoscaling, batch, core, networking, policy } from '@pulumi/kubernetes';
import type { ComponentResource, CustomResource, CustomResourceOptions } from '@pulumi/pulumi';
import { isWorkload, type Kind, type Manifest } from '../manifests/index.ts';

type ResourceClass = new (name: string, manifest: never, options: CustomResourceOptions) => CustomResource;

const classes: Readonly<Record<Kind, ResourceClass>> = {
  ConfigMap: core.v1.ConfigMap,
  CronJob: batch.v1.CronJob,
  Deployment: apps.v1.Deployment,
  HorizontalPodAutoscaler: autoscaling.v2.HorizontalPodAutoscaler,
  Job: batch.v1.Job,
  Namespace: core.v1.Namespace,
  NetworkPolicy: networking.v1.NetworkPolicy,
  PersistentVolumeClaim: core.v1.PersistentVolumeClaim,
  PodDisruptionBudget: policy.v1.PodDisruptionBudget,
  Secret: core.v1.Secret,
  Service: core.v1.Service,
  ServiceAccount: core.v1.ServiceAccount,
  StatefulSet: apps.v1.StatefulSet,
};

/**
 * How Pulumi is to go about a kind. The readiness of Services and claims is that of pods which are waited for anyway:
 * waiting for a Service costs ten seconds by itself, and a claim may not be bound before a pod uses it. A Job that
 * failed never runs again; the next deployment makes it anew.
 */
const annotations: Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>> = {
  Service: { 'pulumi.com/skipAwait': 'true' },
  PersistentVolumeClaim: { 'pulumi.com/skipAwait': 'true' },
  Job: { 'pulumi.com/replaceUnready': 'true' },
};

/**
 * Creates the objects of a component as its children, by the names that they have in the cluster. What stands before a
 * workload is created before it: pods are refused without their account, and wait for their files.
 */
export function createAll(
  parent: ComponentResource,
  manifests: readonly Manifest[],
  optionsOf: (manifest: Manifest) => CustomResourceOptions = () => ({}),
): void {
  const before: CustomResource[] = [];
  for (const manifest of manifests) {
    const ResourceOfKind = classes[manifest.kind];
    // Both sides describe the same API; their types come from different versions of it.
    const resource = new ResourceOfKind(manifest.metadata.name, prepared(manifest) as never, {
      parent,
      ...(isWorkload(manifest) ? { dependsOn: [...before] } : {}),
      ...optionsOf(manifest),
    });
    if (!isWorkload(manifest)) before.push(resource);
  }
}

function prepared(manifest: Manifest): Manifest {
  const own = annotations[manifest.kind];
  if (own === undefined) return manifest;
  const { metadata } = manifest;
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...own } },
  } as Manifest;
}
