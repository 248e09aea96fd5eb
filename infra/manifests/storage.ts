import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1.d.ts';
import type { Stack } from '../stack.ts';
import { selectorOf } from './labels.ts';

/** The name that a claim has in its pods; the cluster calls it `data-<pod>`. */
export const claimName = 'data';

/** A disk that one pod writes to. */
export function claimSpec(stack: Stack, storageGib: number): PersistentVolumeClaimSpec {
  const { storageClass } = stack.config;
  return {
    accessModes: ['ReadWriteOnce'],
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    resources: { requests: { storage: `${storageGib}Gi` } },
  };
}

/**
 * The claims of a StatefulSet, one for each pod. Those of pods that were scaled away stay: scaling is no decision about
 * data. Taking the stack down is, unless it keeps data.
 */
export function claimsOf(stack: Stack, name: string, storageGib: number) {
  const template: PersistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claimName, labels: selectorOf(stack, name) },
    spec: claimSpec(stack, storageGib),
  };
  return {
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: stack.config.keepData ? 'Retain' : 'Delete',
      whenScaled: 'Retain',
    },
    volumeClaimTemplates: [template],
  };
}
