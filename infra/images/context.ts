/**
 * `node infra/images/context.ts DIR` writes what the Containerfile copies into the image of the services: a folder for
 * each layer, with the paths of the image below it.
 */
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Layer } from './layer.ts';
import { servicesContent } from './services.ts';

async function writeFolder(dir: string, layer: Layer): Promise<void> {
  for (const entry of layer) {
    if (!('file' in entry)) throw new Error(`${entry.path} is not copied from a file`);
    const to = join(dir, entry.path);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(entry.file, to);
    if (entry.mode !== undefined) await chmod(to, entry.mode);
  }
}

const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error('usage: node infra/images/context.ts DIR');
const content = await servicesContent(join(import.meta.dirname, '..', '..'));
for (const [name, layer] of Object.entries(content)) await writeFolder(join(dir, name), layer);
