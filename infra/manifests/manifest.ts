import type { Deployment, StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.d.ts';
import type { CronJob, Job } from 'kubernetes-types/batch/v1.d.ts';
import type {
  ConfigMap,
  Namespace,
  PersistentVolumeClaim,
  PodSpec,
  PodTemplateSpec,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1.d.ts';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.d.ts';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';

type KubernetesObject = { apiVersion?: string; kind?: string; metadata?: ObjectMeta };

/** An object of the Kubernetes API that says which kind it is and has a name of its own. */
type Named<T extends KubernetesObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'status'> &
  Required<Pick<T, 'apiVersion' | 'kind'>> & { metadata: ObjectMeta & { name: string } };

/** The kinds of objects that a stack consists of. */
export type ManifestOfKind = {
  ConfigMap: Named<ConfigMap>;
  CronJob: Named<CronJob>;
  Deployment: Named<Deployment>;
  HorizontalPodAutoscaler: Named<HorizontalPodAutoscaler>;
  Job: Named<Job>;
  Namespace: Named<Namespace>;
  NetworkPolicy: Named<NetworkPolicy>;
  PersistentVolumeClaim: Named<PersistentVolumeClaim>;
  PodDisruptionBudget: Named<PodDisruptionBudget>;
  Secret: Named<Secret>;
  Service: Named<Service>;
  ServiceAccount: Named<ServiceAccount>;
  StatefulSet: Named<StatefulSet>;
};

export type Kind = keyof ManifestOfKind;

export type Manifest = ManifestOfKind[Kind];

/** What runs pods. */
export type Workload = ManifestOfKind['CronJob' | 'Deployment' | 'Job' | 'StatefulSet'];

export function isWorkload(manifest: Manifest): manifest is Workload {
  return ['CronJob', 'Deployment', 'Job', 'StatefulSet'].includes(manifest.kind);
}

/** The pods that a workload runs. */
export function podTemplateOf(workload: Workload): PodTemplateSpec {
  const template =
    workload.kind === 'CronJob' ? workload.spec?.jobTemplate.spec?.template : workload.spec?.template;
  if (template === undefined) throw new Error(`the ${workload.kind} ${workload.metadata.name} runs no pods`);
  return template;
}

export function podSpecOf(workload: Workload): PodSpec {
  const { spec } = podTemplateOf(workload);
  if (spec === undefined)
    throw new Error(`the ${workload.kind} ${workload.metadata.name} runs no containers`);
  return spec;
}
