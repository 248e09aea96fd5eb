import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunManifest } from '../../verdict/history.ts';

/** The names of a run's files within its directory. */
export const manifestFile = 'run.json';
export const historyFile = 'history.bin';

/** Writes `run.json` so that a reader sees the old one or the new one, whole. */
export async function writeManifest(directory: string, manifest: RunManifest): Promise<void> {
  const path = join(directory, manifestFile);
  await writeFile(`${path}.new`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}
