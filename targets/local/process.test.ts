import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findMarked, inspect, inspectProcess, killProcess, setPaused, spawnDetached } from './process.ts';

const folder = await mkdtemp(join(tmpdir(), 'stormproof-process-'));
const logFile = join(folder, 'log');
const start = (script: string) =>
  spawnDetached({ argv: ['/bin/sh', '-c', script], env: {}, cwd: folder, logFile, mark: `${folder}#x` });

afterAll(async () => {
  await Promise.all(findMarked(folder).map(killProcess));
  await rm(folder, { recursive: true });
});

it('tells the time and memory of a process', () => {
  expect(inspectProcess(process.pid)).toMatchObject({ isPaused: false, cpuUs: expect.any(Number) });
  expect(inspectProcess(process.pid)?.rssBytes).toBeGreaterThan(1_000_000);
});

it('takes no process for an earlier one with the same id', async () => {
  const { ref } = await start('exec sleep 60');
  expect(inspect(ref)).toBeDefined();
  expect(inspect({ ...ref, startTicks: ref.startTicks - 1 })).toBeUndefined();
  expect(inspect({ ...ref, bootId: 'another boot' })).toBeUndefined();
  // It may be asked to end, and it does not: it is not the one that was meant.
  await killProcess({ ...ref, startTicks: ref.startTicks - 1 });
  expect(inspect(ref)).toBeDefined();
  await killProcess(ref);
  expect(inspect(ref)).toBeUndefined();
});

it('finds what was started by its mark alone', async () => {
  const { ref } = await start('exec sleep 60');
  expect(findMarked(folder).map(({ pid }) => pid)).toEqual([ref.pid]);
  expect(await setPaused(ref, true)).toBe(true);
  expect(inspect(ref)?.isPaused).toBe(true);
  await Promise.all(findMarked(folder).map(killProcess));
  expect(inspect(ref)).toBeUndefined();
});

it('says how a process ended, and keeps what it printed', async () => {
  const { ending } = await start('echo a last word; exit 3');
  await expect.poll(ending).toBe('exit code 3');
  expect(await readFile(logFile, 'utf8')).toBe('a last word\n');
});

it('says so when a program cannot be started', async () => {
  const failure = spawnDetached({ argv: ['/nowhere'], env: {}, cwd: folder, logFile, mark: folder });
  await expect(failure).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('/nowhere'),
  });
});
