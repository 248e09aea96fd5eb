import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ToolName } from '../../tools/programs.ts';
import type { ImageSpec } from './archive.ts';
import type { Layer } from './layer.ts';
import { sharedLibraries } from './libraries.ts';
import { appDir, nodeInImage, servicesContent } from './services.ts';
import { upstreamImages } from './upstream.ts';

export type TestImageName = 'services' | keyof typeof upstreamImages;

/** Every container's user in infra/manifests. */
const user = '65532:65532';

/** What programs expect of any system: users and groups by name, name look-ups, a place for temporary files. */
const system: Layer = [
  { path: '/etc/passwd', text: 'root:x:0:0:root:/:/none\nnonroot:x:65532:65532:nonroot:/:/none\n' },
  { path: '/etc/group', text: 'root:x:0:\nnonroot:x:65532:\n' },
  { path: '/etc/nsswitch.conf', text: 'hosts: files dns\n' },
  { path: '/tmp', directory: true, mode: 0o1777 },
];

/**
 * An image made of programs of this machine that serves infra/manifests as the published one does: the same program at
 * the same place, no shell, nothing that is written to.
 *
 * @param tools the path of each program
 * @throws Error when the program that the image is for is not among `tools`
 */
export async function testImage(
  name: TestImageName,
  root: string,
  tools: Readonly<Partial<Record<ToolName, string>>>,
): Promise<ImageSpec> {
  if (name === 'services') return servicesImage(root);
  const { tool, version, path } = upstreamImages[name];
  const program = tools[tool];
  if (program === undefined) throw new Error(`the image ${name} is made of ${tool}, whose path is not given`);
  return {
    reference: referenceOf(name, version),
    layers: [[...system, ...(await sharedLibraries(program)), { path, file: program, mode: 0o755 }]],
    entrypoint: [path],
    env: { PATH: dirname(path) },
    user,
  };
}

async function servicesImage(root: string): Promise<ImageSpec> {
  const { node, packages, sources } = await servicesContent(root);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const libraries = await sharedLibraries(join(root, 'node_modules/.bin/node'));
  return {
    reference: referenceOf('services', version),
    layers: [[...system, ...libraries, ...node], packages, sources],
    entrypoint: ['node'],
    env: { PATH: dirname(nodeInImage) },
    workingDir: appDir,
    user,
  };
}

function referenceOf(name: string, version: string): string {
  return `localhost/stormproof/${name}:${version}`;
}
