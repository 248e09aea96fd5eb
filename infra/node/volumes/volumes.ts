import { join } from 'node:path';
import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1.d.ts';

/** The name under which claims ask for volumes of this node. */
const provisioner = 'stormproof.dev/node-volumes';

/** Annotations by which the controllers of Kubernetes and a provisioner outside them tell each other what to do. */
const annotations = {
  provisioner: 'volume.kubernetes.io/storage-provisioner',
  selectedNode: 'volume.kubernetes.io/selected-node',
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
} as const;

/** The class of claims that name none. A volume ends with its claim. */
export const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: {
    name: 'node-local',
    annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
  },
  provisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};

/** Claims that a pod waits for and that only this node's provisioner can serve. */
export function waitingClaims(
  claims: readonly PersistentVolumeClaim[],
  node: string,
): readonly PersistentVolumeClaim[] {
  return claims.filter(({ metadata, status }) => {
    const said = metadata?.annotations ?? {};
    return (
      status?.phase === 'Pending' &&
      said[annotations.provisioner] === provisioner &&
      said[annotations.selectedNode] === node
    );
  });
}

/** The names of this provisioner's volumes whose claim is gone, and which nobody asked to keep. */
export function abandonedVolumes(volumes: readonly PersistentVolume[]): readonly string[] {
  return volumes
    .filter(
      ({ metadata, spec, status }) =>
        metadata?.annotations?.[annotations.provisionedBy] === provisioner &&
        spec?.persistentVolumeReclaimPolicy === 'Delete' &&
        status?.phase === 'Released',
    )
    .flatMap(({ metadata }) => metadata?.name ?? []);
}

/**
 * A volume for a claim, of the size that it asks for; nothing keeps it to that size. It is of the type `local` and not
 * `hostPath`, since only then does the kubelet make it writable for the pod's `fsGroup`.
 *
 * @param options.root the folder of volumes; each is a folder in it, which must exist when the pod starts
 */
export function volumeFor(
  claim: PersistentVolumeClaim,
  options: { readonly node: string; readonly root: string },
): PersistentVolume & { metadata: { name: string } } {
  const { metadata, spec } = claim;
  const name = `pvc-${metadata?.uid}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [annotations.provisionedBy]: provisioner } },
    spec: {
      storageClassName: spec?.storageClassName ?? '',
      persistentVolumeReclaimPolicy: 'Delete',
      capacity: { storage: spec?.resources?.requests?.storage ?? '1Gi' },
      accessModes: spec?.accessModes ?? ['ReadWriteOnce'],
      local: { path: join(options.root, name) },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata?.namespace ?? '',
        name: metadata?.name ?? '',
        uid: metadata?.uid ?? '',
      },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [options.node] }],
            },
          ],
        },
      },
    },
  };
}
