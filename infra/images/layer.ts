import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type TarEntry, textEntry } from './tar.ts';

/** Something in an image; `path` is where the container finds it. Directories above it need no entry of their own. */
export type LayerEntry = { readonly path: string } & (
  | {
      /** A file of this machine, with its mode unless another is given. */
      readonly file: string;
      readonly mode?: number;
    }
  | { readonly text: string; readonly mode?: number }
  | { readonly directory: true; readonly mode?: number }
  | { readonly linkTo: string }
);

/** Files that are stored once however many images have them. */
export type Layer = readonly LayerEntry[];

/**
 * The layer as entries of a tar archive, sorted by path, each directory before what is in it.
 *
 * @throws Error for a path that is named twice or leads out of the image, and when a file cannot be read
 */
export async function layerEntries(layer: Layer): Promise<readonly TarEntry[]> {
  const entries = new Map<string, LayerEntry>();
  for (const entry of layer) {
    const path = posix.relative('/', posix.resolve('/', entry.path));
    if (entry.path.split('/').includes('..') || path === '') {
      throw new Error(`${entry.path} is no path in an image`);
    }
    if (entries.has(path)) throw new Error(`${entry.path} is twice in the layer`);
    entries.set(path, entry);
  }
  for (const path of [...entries.keys()]) {
    for (let above = posix.dirname(path); above !== '.'; above = posix.dirname(above)) {
      if (!entries.has(above)) entries.set(above, { path: above, directory: true });
    }
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(sorted.map(([path, entry]) => tarEntry(path, entry)));
}

async function tarEntry(path: string, entry: LayerEntry): Promise<TarEntry> {
  if ('text' in entry) return textEntry(path, entry.text, entry.mode);
  if ('directory' in entry) return { path: `${path}/`, mode: entry.mode ?? 0o755, type: 'directory' };
  if ('linkTo' in entry) return { path, mode: 0o777, type: 'link', to: entry.linkTo };
  const { size, mode } = await stat(entry.file);
  return {
    path,
    // A container runs as nobody whom the image knows: what the owner may, others must.
    mode: entry.mode ?? ((mode & 0o100) === 0 ? 0o644 : 0o755),
    type: 'file',
    size,
    content: () => createReadStream(entry.file, { highWaterMark: 1 << 20 }),
  };
}
