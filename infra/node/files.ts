import { rm, rmdir } from 'node:fs/promises';
import type { Layout } from './layout.ts';

/** Removes what a node keeps in its directory, but for the lock, whose holder the caller is. Other files stay. */
export async function removeFiles(layout: Layout): Promise<void> {
  const { stateFile, kubeconfig, pki, config, logs, images, etcd, volumes } = layout;
  const files = [stateFile, `${stateFile}.new`, kubeconfig];
  for (const path of [...files, pki, config, logs, images, etcd, layout.var, volumes]) {
    await rm(path, { recursive: true, force: true });
  }
}

/** Removes the lock and the directory, unless something else is in it. */
export async function removeDirectory(layout: Layout): Promise<void> {
  for (const path of ['', '.pid', '.pid.new'].map((suffix) => `${layout.lock}${suffix}`))
    await rm(path, { force: true });
  await rmdir(layout.runDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY') throw error;
  });
}
