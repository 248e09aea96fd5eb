import type { KubernetesObject } from './cluster.ts';
import { isTree } from './wire.ts';

export type Difference = {
  /** Where objects differ; `spec.template.spec.containers[0].image`. */
  readonly changed: readonly string[];
  /** Those of them that no update can bring: the object has to be made anew. */
  readonly replacing: readonly string[];
};

const configFiles = ['binaryData', 'data'];

/**
 * What makes the official provider replace an object (pulumi-kubernetes v4, provider/pkg/provider/diff.go), for the
 * kinds that stacks consist of. Secrets are replaced although most could be updated; ConfigMaps only when they are
 * immutable, since Pulumi.yaml sets `enableConfigMapMutable`.
 */
const replacedFor: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: configFiles,
  Deployment: ['spec.selector'],
  Job: ['spec.completions', 'spec.parallelism', 'spec.selector', 'spec.template'],
  PersistentVolumeClaim: ['spec.accessModes', 'spec.selector', 'spec.storageClassName', 'spec.volumeName'],
  Secret: ['type', 'stringData', ...configFiles],
  Service: ['spec.clusterIP'],
  StatefulSet: [
    'spec.podManagementPolicy',
    'spec.revisionHistoryLimit',
    'spec.selector',
    'spec.serviceName',
    'spec.volumeClaimTemplates',
  ],
};

const identity = ['apiVersion', 'kind', 'metadata.name', 'metadata.namespace'];

/** Compares an object as it was asked for with how it is asked for now. */
export function differenceOf(old: KubernetesObject, wanted: KubernetesObject): Difference {
  const changed = changedPaths(old, wanted, '');
  const isUpdated = wanted.kind === 'ConfigMap' && wanted.immutable !== true;
  const forced = [...identity, ...(isUpdated ? [] : (replacedFor[wanted.kind] ?? []))];
  return { changed, replacing: changed.filter((path) => forced.some((above) => isWithin(path, above))) };
}

function changedPaths(old: unknown, wanted: unknown, path: string): readonly string[] {
  if (Array.isArray(old) && Array.isArray(wanted) && old.length === wanted.length) {
    return wanted.flatMap((item, index) => changedPaths(old[index], item, `${path}[${index}]`));
  }
  if (isTree(old) && isTree(wanted)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(wanted)])].sort();
    return keys.flatMap((key) => changedPaths(old[key], wanted[key], path === '' ? key : `${path}.${key}`));
  }
  return JSON.stringify(old) === JSON.stringify(wanted) ? [] : [path];
}

/** Whether a path is another one or leads on from it; a whole that changed has its parts changed. */
function isWithin(path: string, above: string): boolean {
  return (
    path === above ||
    [`${above}.`, `${above}[`].some((prefix) => path.startsWith(prefix)) ||
    above.startsWith(`${path}.`)
  );
}
