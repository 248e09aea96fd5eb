import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { writeImageArchive } from '../images/archive.ts';
import { pauseImage } from './config/containerd.ts';
import type { NodeTools } from './daemons.ts';
import { NodeError } from './errors.ts';
import type { Layout } from './layout.ts';
import { insideAll } from './namespaces.ts';
import { systemPath } from './system.ts';

export const corednsImage = 'localhost/stormproof/coredns:1';

/** Writes the images that the node itself needs. @returns their archives, the one of all pods first */
export async function writeSystemImages(layout: Layout, tools: NodeTools): Promise<readonly string[]> {
  const archives = { pause: join(layout.images, 'pause.tar'), coredns: join(layout.images, 'coredns.tar') };
  const imageOf = (reference: string, program: string, file: string) => ({
    reference,
    layers: [[{ path: `/${program}`, file, mode: 0o755 }]],
    entrypoint: [`/${program}`],
  });
  await Promise.all([
    writeImageArchive(imageOf(pauseImage, 'pause', tools.pause), archives.pause),
    writeImageArchive(imageOf(corednsImage, 'coredns', tools.coredns), archives.coredns),
  ]);
  return Object.values(archives);
}

/**
 * Makes the images of archives (docker-archive, OCI) known to a node. Pods find them by the references inside the
 * archives, with `imagePullPolicy: Never` or `IfNotPresent`; the tag must not be `latest`.
 *
 * @throws NodeError `refused` with containerd's words
 */
export async function importArchives(namespacePid: number, archives: readonly string[]): Promise<void> {
  // Unpacking keeps a core busy; more at once would only compete.
  for (const archive of archives) await importArchive(namespacePid, archive);
}

/** The archive goes in by standard input, since its path may mean something else in the node. */
async function importArchive(namespacePid: number, archive: string): Promise<void> {
  const [program = '', ...args] = insideAll(namespacePid, ['ctr', '-n', 'k8s.io', 'images', 'import', '-']);
  const file = openSync(archive, 'r');
  try {
    const ctr = spawn(program, args, { env: { PATH: systemPath }, stdio: [file, 'ignore', 'pipe'] });
    let complaint = '';
    ctr.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const exitCode = await new Promise((resolve, reject) => {
      ctr.once('error', reject);
      ctr.once('close', resolve);
    });
    if (exitCode !== 0) {
      throw new NodeError('refused', `containerd did not take the image ${archive}: ${complaint.trim()}`);
    }
  } finally {
    closeSync(file);
  }
}
