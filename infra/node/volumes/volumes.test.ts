import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1.d.ts';
import { expect, test } from 'vitest';
import { abandonedVolumes, storageClass, volumeFor, waitingClaims } from './volumes.ts';

const waiting: PersistentVolumeClaim = {
  metadata: {
    namespace: 'stormproof',
    name: 'data-nats-0',
    uid: 'b7f0',
    annotations: {
      'volume.kubernetes.io/storage-provisioner': storageClass.provisioner,
      'volume.kubernetes.io/selected-node': 'here',
    },
  },
  spec: {
    storageClassName: 'node-local',
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '32Gi' } },
  },
  status: { phase: 'Pending' },
};

function claimSaying(said: Record<string, string>): PersistentVolumeClaim {
  return { ...waiting, metadata: { ...waiting.metadata, annotations: said } };
}

test('serves a claim once a pod of this node waits for it, and no other', () => {
  const { annotations = {} } = waiting.metadata ?? {};
  const others = [
    { ...waiting, status: { phase: 'Bound' } },
    claimSaying({}),
    claimSaying({ ...annotations, 'volume.kubernetes.io/selected-node': 'elsewhere' }),
    claimSaying({ ...annotations, 'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com' }),
  ];
  expect(waitingClaims([...others, waiting], 'here')).toEqual([waiting]);
});

test('makes a volume of the asked size, bound to the claim, in a folder of its own', () => {
  const volume = volumeFor(waiting, { node: 'here', root: '/volumes' });
  expect(volume.metadata.name).toBe('pvc-b7f0');
  expect(volume.spec).toMatchObject({
    storageClassName: 'node-local',
    capacity: { storage: '32Gi' },
    local: { path: '/volumes/pvc-b7f0' },
    claimRef: { namespace: 'stormproof', name: 'data-nats-0', uid: 'b7f0' },
  });
});

test('removes a volume of its own when the claim is gone, unless it is to be kept', () => {
  const mine = volumeFor(waiting, { node: 'here', root: '/volumes' });
  const released: PersistentVolume = { ...mine, status: { phase: 'Released' } };
  const kept = { ...released, spec: { ...mine.spec, persistentVolumeReclaimPolicy: 'Retain' } };
  const foreign = { ...released, metadata: { name: 'theirs' } };
  const bound = { ...mine, status: { phase: 'Bound' } };
  expect(abandonedVolumes([kept, foreign, bound, released])).toEqual(['pvc-b7f0']);
});
