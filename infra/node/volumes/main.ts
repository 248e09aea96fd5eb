/**
 * Volumes on demand: makes one for each claim that a pod waits for, and removes it when the claim is gone. Runs beside
 * the daemons of a node, until it is killed.
 *
 *     node main.ts KUBECONFIG FOLDER NODE
 */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PersistentVolume, PersistentVolumeClaim } from 'kubernetes-types/core/v1.d.ts';
import { ApiError, connectApi } from '../api.ts';
import { abandonedVolumes, volumeFor, waitingClaims } from './volumes.ts';

const [kubeconfig = '', root = '', node = ''] = process.argv.slice(2);
const volumesPath = '/api/v1/persistentvolumes';
/** Two short lists a second cost less than the watches that would tell sooner. */
const lookMs = 1_000;

const api = connectApi(kubeconfig);

async function serve(claim: PersistentVolumeClaim): Promise<void> {
  const volume = volumeFor(claim, { node, root });
  const folder = join(root, volume.metadata.name);
  await mkdir(folder, { recursive: true });
  // Pods without an fsGroup run as any user too; mkdir's own mode is subject to the umask.
  await chmod(folder, 0o777);
  await api.post(volumesPath, volume).catch((error: unknown) => {
    // It was made a moment ago, and is being bound.
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
  console.log(`made ${volume.metadata.name} for ${claim.metadata?.namespace}/${claim.metadata?.name}`);
}

async function remove(name: string): Promise<void> {
  await rm(join(root, name), { recursive: true, force: true });
  await api.delete(`${volumesPath}/${name}`);
  console.log(`removed ${name}`);
}

for (;;) {
  try {
    const claims = await api.get<{ items: PersistentVolumeClaim[] }>('/api/v1/persistentvolumeclaims');
    for (const claim of waitingClaims(claims.items, node)) await serve(claim);
    const volumes = await api.get<{ items: PersistentVolume[] }>(volumesPath);
    for (const name of abandonedVolumes(volumes.items)) await remove(name);
  } catch (error) {
    // Whatever it was, the next look tells whether it is over.
    console.error(error instanceof Error ? error.message : error);
  }
  await delay(lookMs);
}
