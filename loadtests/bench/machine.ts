import { execFile } from 'node:child_process';
import { mkdir, open, readFile, realpath, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from './results.ts';
import { spreadOf } from './statistics.ts';

const run = promisify(execFile);

/** Of the probe: a block of most file systems. */
const probeBytes = 4_096;
const probeWrites = 300;

/**
 * The machine that figures are of, as it is now: among them what an fsync takes where the brokers keep their files, by a few
 * hundred of them.
 *
 * @param options.tools versions of the external programs in use, by name
 * @param options.directory where platforms keep their files; made if it is missing
 * @param options.repository the working copy that is measured
 */
export async function describeMachine(options: {
  readonly tools: Machine['tools'];
  readonly directory: string;
  readonly repository: string;
}): Promise<Machine> {
  const { tools, directory, repository } = options;
  await mkdir(directory, { recursive: true });
  const loadAverageBefore = loadavg();
  const revision = await readRevision(repository);
  const disk = findMount(
    await readFile('/proc/self/mounts', 'utf8').catch(() => ''),
    await realpath(directory),
  );
  return {
    cores: availableParallelism(),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
    kernel: `${type()} ${release()}`,
    nodeVersion: process.versions.node,
    tools,
    loadAverageBefore,
    ...(revision === undefined ? {} : { revision }),
    disk: { ...disk, fsyncMs: await probeFsync(directory) },
  };
}

/** @returns as `git describe` abbreviates it, `-dirty` with changes; undefined outside of a working copy */
async function readRevision(repository: string): Promise<string | undefined> {
  return run('git', ['-C', repository, 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/**
 * The file system of a directory, and what it is on. Pure.
 *
 * @param mounts of `/proc/self/mounts`: device, place, type, options; blanks of a place are `\\040`
 * @returns `unknown` where no line has it
 */
export function findMount(
  mounts: string,
  directory: string,
): { readonly fileSystem: string; readonly device: string } {
  const places = mounts.split('\n').flatMap((line) => {
    const [device, escaped, fileSystem] = line.split(' ');
    if (device === undefined || escaped === undefined || fileSystem === undefined) return [];
    return [{ device, fileSystem, place: escaped.replaceAll('\\040', ' ') }];
  });
  const holds = (place: string) => place === '/' || directory === place || directory.startsWith(`${place}/`);
  const best = places
    .filter(({ place }) => holds(place))
    // Of two on the same place the later one hides the earlier.
    .reduce<(typeof places)[number] | undefined>(
      (found, next) => (found === undefined || next.place.length >= found.place.length ? next : found),
      undefined,
    );
  return { fileSystem: best?.fileSystem ?? 'unknown', device: best?.device ?? 'unknown' };
}

/** Milliseconds that an fsync takes after 4 KiB were appended, one after the other: the median, and the p99. */
async function probeFsync(directory: string): Promise<{ readonly p50: number; readonly p99: number }> {
  const path = join(directory, `fsync-probe-${process.pid}`);
  const file = await open(path, 'wx');
  const tookMs: number[] = [];
  try {
    const block = Buffer.alloc(probeBytes, 1);
    for (let written = 0; written < probeWrites; written++) {
      await file.write(block);
      const before = performance.now();
      await file.sync();
      tookMs.push(performance.now() - before);
    }
  } finally {
    await file.close();
    await rm(path);
  }
  const sorted = tookMs.sort((a, b) => a - b);
  return { p50: spreadOf(sorted)?.median ?? 0, p99: sorted[Math.ceil(probeWrites * 0.99) - 1] ?? 0 };
}
