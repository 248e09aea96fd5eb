import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Layer, layerEntries } from './layer.ts';
import { type TarEntry, tar, textEntry } from './tar.ts';

/** An image: what is in it, from the lowest layer to the highest, and how it is run. */
export type ImageSpec = {
  /** With a tag, such as `localhost/stormproof/nats:2.14.5`. */
  readonly reference: string;
  readonly layers: readonly Layer[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly user?: string;
};

type MeasuredLayer = {
  readonly entries: readonly TarEntry[];
  readonly size: number;
  readonly sha256: string;
};

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Writes an image for this machine's architecture as a docker-archive (moby's image specification 1.2), which
 * `docker load`, `podman load` and `ctr images import` take. Equal inputs give equal bytes, and equal layers equal
 * digests, whatever else is in the images. The file is there complete or not at all.
 *
 * @throws Error when a layer is wrong (see {@link layerEntries}) or a file changes meanwhile
 */
export async function writeImageArchive(spec: ImageSpec, archivePath: string): Promise<void> {
  const layers: MeasuredLayer[] = [];
  for (const layer of spec.layers) layers.push(await measure(layer));
  const unfinished = `${archivePath}.${process.pid}.new`;
  await mkdir(dirname(archivePath), { recursive: true });
  try {
    await pipeline(tar(archiveEntries(spec, layers)), createWriteStream(unfinished));
    await rename(unfinished, archivePath);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** An archive names its layers by their digests before it holds them: each is read once for that. */
async function measure(layer: Layer): Promise<MeasuredLayer> {
  const entries = await layerEntries(layer);
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of tar(entries)) {
    hash.update(piece);
    size += piece.length;
  }
  return { entries, size, sha256: hash.digest('hex') };
}

function archiveEntries(spec: ImageSpec, layers: readonly MeasuredLayer[]): readonly TarEntry[] {
  const config = JSON.stringify(imageConfig(spec, layers));
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  const distinct = new Map(layers.map((layer) => [layerName(layer), layer]));
  const manifest = [{ Config: configName, RepoTags: [spec.reference], Layers: layers.map(layerName) }];
  return [
    textEntry('manifest.json', JSON.stringify(manifest)),
    textEntry(configName, config),
    ...[...distinct].map(([path, layer]): TarEntry => {
      const { size } = layer;
      return { path, mode: 0o644, type: 'file', size, content: () => verified(layer) };
    }),
  ];
}

function layerName({ sha256 }: MeasuredLayer): string {
  return `${sha256}.tar`;
}

async function* verified(layer: MeasuredLayer): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const piece of tar(layer.entries)) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest('hex') !== layer.sha256) throw new Error('a file of the image changed while it was read');
}

function imageConfig(spec: ImageSpec, layers: readonly MeasuredLayer[]) {
  const { entrypoint, command, env = {}, workingDir, user } = spec;
  return {
    created: '1970-01-01T00:00:00Z',
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    config: {
      ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
      ...(command === undefined ? {} : { Cmd: command }),
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
      ...(user === undefined ? {} : { User: user }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ sha256 }) => `sha256:${sha256}`) },
    history: [],
  };
}
