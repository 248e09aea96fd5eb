import { join } from 'node:path';
import { type HistorySource, openHistory, type RunManifest } from '../../verdict/index.ts';
import { writeManifest } from '../recorder/manifest.ts';
import { mergeHistories, type SharedRun } from './merge.ts';

/** The name of a generator, in messages and as the folder of its history. */
export function nameOf(index: number): string {
  return `generator-${index}`;
}

/** @returns undefined where the generator left nothing that can be opened: what it sent nobody knows */
export async function openPart(directory: string): Promise<HistorySource | undefined> {
  return openHistory(directory).catch(() => undefined);
}

/**
 * Merges what the generators of a run left, and writes the manifest of the whole beside their folders, by which
 * {@link openSharedHistory} finds them again.
 *
 * @throws MergeError as {@link mergeHistories}
 */
export async function keepMerged(
  directory: string,
  run: SharedRun,
  parts: readonly (HistorySource | undefined)[],
): Promise<HistorySource> {
  const history = mergeHistories(run, parts);
  await writeManifest(directory, history.manifest);
  return history;
}

/**
 * The history of a run whose orders several generators shared.
 *
 * @param directory holds its manifest, and their folders
 * @throws MergeError when the folders are not of that run
 */
export async function openSharedHistory(directory: string, manifest: RunManifest): Promise<HistorySource> {
  const { generators = 0, runId, seed, planned, shape, startedAtMs } = manifest;
  const parts = Array.from({ length: generators }, (_, index) => openPart(join(directory, nameOf(index))));
  const run = { runId, seed, planned, startedAtMs, ...(shape === undefined ? {} : { shape }) };
  return mergeHistories(run, await Promise.all(parts));
}
