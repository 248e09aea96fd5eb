import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeMachine, findMount } from './machine.ts';

const mounts = [
  'overlay / overlay rw 0 0',
  '/dev/vdb /data ext4 rw 0 0',
  'tmpfs /data/with\\040blank tmpfs rw 0 0',
  '/dev/vdc /database xfs rw 0 0',
].join('\n');

it.each([
  ['/home', 'overlay'],
  ['/data', 'ext4'],
  ['/data/a/b', 'ext4'],
  ['/data/with blank/a', 'tmpfs'],
  ['/database/a', 'xfs'],
])('knows what file system holds %s', (directory, fileSystem) => {
  expect(findMount(mounts, directory).fileSystem).toBe(fileSystem);
});

it('does not know where nothing says so', () => {
  expect(findMount('', '/data')).toEqual({ fileSystem: 'unknown', device: 'unknown' });
});

it('says what an fsync takes where the files are to be, and leaves nothing there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-bench-machine-'));
  try {
    const { disk, revision } = await describeMachine({
      ...{ tools: {}, directory },
      repository: import.meta.dirname,
    });
    expect(disk.fsyncMs.p50).toBeGreaterThan(0);
    expect(disk.fsyncMs.p99).toBeGreaterThanOrEqual(disk.fsyncMs.p50);
    expect(revision ?? 'abc').toMatch(/^[0-9a-f]+(-dirty)?$/);
    expect(await readdir(directory)).toEqual([]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
