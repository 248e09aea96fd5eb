import { type FileHandle, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DiskOperation } from './disk.ts';

/** What became of a file that was written, synced and read. */
export type DiskProbe =
  | {
      readonly done: true;
      /** The fastest of several: others that are busy only add to it. */
      readonly fsyncMs: number;
    }
  | {
      readonly done: false;
      readonly failed: DiskOperation;
      /** `EIO`, `ENOSPC`, … */
      readonly code: string;
    };

const fsyncs = 3;
const bytes = Buffer.alloc(4_096, 'stormproof ');

/**
 * Writes, syncs (some times) and reads a small file of its own, by the way that a disk's user goes too. Removes it again.
 *
 * @param directory of the disk
 * @param pathContains a part that the file's path is to have
 * @throws when it fails for another reason than the disk
 */
export async function probeDisk(directory: string, pathContains = ''): Promise<DiskProbe> {
  let operation: DiskOperation = 'write';
  let folder: string | undefined;
  let file: FileHandle | undefined;
  try {
    folder = await mkdtemp(join(directory, 'stormproof-probe-'));
    await mkdir(join(folder, pathContains), { recursive: true });
    file = await open(join(folder, pathContains, 'file'), 'w+');
    await file.write(bytes);
    operation = 'fsync';
    const tookMs: number[] = [];
    while (tookMs.length < fsyncs) {
      const startedAt = performance.now();
      await file.sync();
      tookMs.push(performance.now() - startedAt);
    }
    operation = 'read';
    await file.read(Buffer.alloc(bytes.length), 0, bytes.length, 0);
    return { done: true, fsyncMs: Math.min(...tookMs) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EIO' && code !== 'ENOSPC') throw error;
    return { done: false, failed: operation, code };
  } finally {
    await file?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  }
}

export function renderDiskProbe(probe: DiskProbe): string {
  return probe.done
    ? `fsync took ${Math.round(probe.fsyncMs)} ms`
    : `${probe.failed} failed with ${probe.code}`;
}
