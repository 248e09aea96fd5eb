/**
 * The images that stacks run. The one of the services is ours: services.ts says what is in it, and the Containerfile
 * (through build.sh and context.ts) builds it for users. For tests, every image is made without a builder and without
 * a registry from the programs of this machine: test-images.ts says what is in each, archive.ts writes it as a
 * docker-archive that any container runtime imports.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ToolName } from '../../tools/programs.ts';
import { type ImageSpec, writeImageArchive } from './archive.ts';
import { type TestImageName, testImage } from './test-images.ts';

const root = join(import.meta.dirname, '..', '..');

export type TestImage = {
  readonly name: TestImageName;
  /** What a stack's configuration names it by. */
  readonly reference: string;
  readonly archive: string;
};

/**
 * Makes images for tests into `outDir`. One that is there already and would not be different is left as it is.
 *
 * @param options.tools the path of each program that the images are made of
 */
export async function buildTestImages(options: {
  readonly names: readonly TestImageName[];
  readonly tools: Readonly<Partial<Record<ToolName, string>>>;
  readonly outDir: string;
}): Promise<readonly TestImage[]> {
  const images: TestImage[] = [];
  for (const name of options.names) {
    const spec = await testImage(name, root, options.tools);
    const archive = join(options.outDir, `${name}.tar`);
    const note = `${archive}.inputs`;
    const inputs = await inputsOf(spec);
    if (!existsSync(archive) || (await readFile(note, 'utf8').catch(() => '')) !== inputs) {
      await writeImageArchive(spec, archive);
      await writeFile(note, inputs);
    }
    images.push({ name, reference: spec.reference, archive });
  }
  return images;
}

/** A digest of what an image says and of its files' sizes and times. */
async function inputsOf(spec: ImageSpec): Promise<string> {
  const files = spec.layers.flat().flatMap((entry) => ('file' in entry ? [entry.file] : []));
  const stats = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return [size, mtimeMs];
    }),
  );
  return createHash('sha256')
    .update(JSON.stringify([spec, stats]))
    .digest('hex');
}
