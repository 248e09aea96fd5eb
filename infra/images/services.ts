import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { importsOf } from './imports.ts';
import type { Layer } from './layer.ts';
import { packageFiles, packageFolders } from './packages.ts';
import { page } from './page.ts';

/** Where the repository is in the image; its programs are named relative to it. */
export const appDir = '/app';

/** The one program of the services' image; on its PATH. */
export const nodeInImage = '/usr/local/bin/node';

/** The program of the continuous audit. */
export const auditProgram = 'chaos/audit/main.ts';

/** The program of the pods that send load; test stacks run it. */
export const loadAgent = 'loadtests/fleet/main.ts';

/** What the image of the services holds, from what changes least to what changes most. */
export type ServicesContent = { readonly node: Layer; readonly packages: Layer; readonly sources: Layer };

/**
 * Everything that the services need to run and nothing else: Node.js, the packages that they import, with what these
 * need, and their own files. Each folder of `services/` with a `main.ts` is a service; the page of the promises,
 * the audit and the load generator come along, as they are programs of the same kind.
 *
 * @param root the repository, with its packages installed
 * @throws Error for a package that is not installed
 */
export async function servicesContent(root: string): Promise<ServicesContent> {
  const { sources, packages } = await importsOf(root, await servicePrograms(root));
  const folders = await packageFolders(root, [...packages, ...page.packages]);
  const read = await Promise.all(page.folders.map((folder) => filesOf(root, folder)));
  const files = await Promise.all(folders.map((folder) => packageFiles(root, folder)));
  const inApp = (path: string) => ({ path: posix.join(appDir, path), file: posix.join(root, path) });
  return {
    node: [{ path: nodeInImage, file: posix.join(root, 'node_modules/.bin/node'), mode: 0o755 }],
    packages: files.flat().map(inApp),
    sources: ['package.json', ...sources, ...read.flat()].map(inApp),
  };
}

async function filesOf(root: string, folder: string): Promise<readonly string[]> {
  return (await readdir(posix.join(root, folder))).sort().map((file) => posix.join(folder, file));
}

/** The programs that the image can run, relative to `root`: the services, the page of the promises, the audit, and the load generator. */
export async function servicePrograms(root: string): Promise<readonly string[]> {
  const folders = await readdir(posix.join(root, 'services'));
  return [...folders.map((folder) => `services/${folder}/main.ts`), page.main, auditProgram, loadAgent]
    .filter((main) => existsSync(posix.join(root, main)))
    .sort();
}
