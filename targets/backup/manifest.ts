import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StreamConfig, StreamState } from '@nats-io/jetstream';
import { BackupError } from './errors.ts';

/** A file of a backup, by its name in the backup's directory. */
export type BackupFile = { readonly file: string; readonly bytes: number; readonly sha256: string };

export type StreamBackup = BackupFile & {
  readonly stream: string;
  readonly config: StreamConfig;
  /** Of the moment of its snapshot. */
  readonly state: StreamState;
};

/** How far a consumer had acknowledged before anything was copied. */
export type ConsumerBackup = {
  readonly stream: string;
  readonly consumer: string;
  /** Everything up to this stream sequence was acknowledged. */
  readonly ackFloor: number;
};

/** What a backup holds, in the order in which it was taken. */
export type BackupManifest = {
  readonly version: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Whose it is, in words. */
  readonly target: string;
  readonly consumers: readonly ConsumerBackup[];
  readonly streams: readonly StreamBackup[];
  /** Absent where the provider keeps its ledger to itself. */
  readonly ledger?: BackupFile & { readonly charges: number };
};

const manifestFile = 'backup.json';

export function manifestPath(directory: string): string {
  return join(directory, manifestFile);
}

/**
 * Reads a backup's manifest and checks that every file is as it was written.
 *
 * @throws BackupError `damaged` with everything that is wrong
 */
export async function readBackup(directory: string): Promise<BackupManifest> {
  const manifest = await readManifest(manifestPath(directory));
  const files = [...manifest.streams, ...(manifest.ledger === undefined ? [] : [manifest.ledger])];
  const problems = await Promise.all(files.map((file) => problemOf(directory, file)));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) {
    throw new BackupError('damaged', `the backup in ${directory} is damaged:\n  ${found.join('\n  ')}`);
  }
  return manifest;
}

async function readManifest(path: string): Promise<BackupManifest> {
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as BackupManifest;
    if (manifest.version !== 1) throw new Error(`version ${manifest.version}, expected 1`);
    if (![manifest.streams, manifest.consumers].every(Array.isArray))
      throw new Error('no streams, or no consumers');
    return manifest;
  } catch (cause) {
    const message = `${path} is no manifest of a backup (${(cause as Error).message}): was the backup finished?`;
    throw new BackupError('damaged', message, { cause });
  }
}

async function problemOf(directory: string, expected: BackupFile): Promise<string | undefined> {
  const { file, sha256 } = expected;
  if (basename(file) !== file) return `${file} lies somewhere else`;
  try {
    const found = await digestOf(join(directory, file));
    return found === sha256 ? undefined : `${file} has SHA-256 ${found}, expected ${sha256}`;
  } catch (error) {
    return `${file} cannot be read: ${(error as Error).message}`;
  }
}

/** The SHA-256 of a file, in hex. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
