import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildDigest, buildHome, compileArgs, toolCache } from './cache.ts';
import { programs } from './programs.ts';

const { build } = programs.prometheus;

test('keeps programs where the XDG specification says, and ignores a relative folder as it demands', () => {
  expect(toolCache({ XDG_CACHE_HOME: '/big/cache' }, '/home/ada')).toBe('/big/cache/stormproof/tools');
  expect(toolCache({ XDG_CACHE_HOME: 'cache' }, '/home/ada')).toBe('/home/ada/.cache/stormproof/tools');
  expect(toolCache({}, '/home/ada')).toBe('/home/ada/.cache/stormproof/tools');
});

test('gives each version of a build a folder of its own', () => {
  expect(buildHome('/cache', build, '0123456789ab')).toBe('/cache/prometheus/3.14.0-0123456789ab');
});

test('compiles nothing whose checksum is not committed, and links the version in', () => {
  const args = compileArgs(build, Object.values(build.packages), '/out/').join(' ');
  expect(args).toContain('-mod=readonly');
  expect(args).toContain('-tags remove_all_sd,enable_kubernetes_sd,enable_dns_sd');
  expect(args).toContain('-X github.com/prometheus/common/version.Version=3.14.0');
});

test('digests everything that decides what is built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stormproof-cache-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join(import.meta.dirname, 'modules/prometheus'), folder, { recursive: true });
  const digest = await buildDigest(build, folder, 'linux-x64');
  expect(digest).toMatch(/^[0-9a-f]{12}$/);
  expect(await buildDigest(build, folder, 'linux-x64')).toBe(digest);
  expect(await buildDigest(build, folder, 'linux-arm64')).not.toBe(digest);
  expect(await buildDigest({ ...build, tags: [] }, folder, 'linux-x64')).not.toBe(digest);
  expect(await buildDigest({ ...build, linkVariables: {} }, folder, 'linux-x64')).not.toBe(digest);
  await writeFile(join(folder, 'notes.md'), 'irrelevant');
  await writeFile(join(folder, 'main_test.go'), 'package main');
  expect(await buildDigest(build, folder, 'linux-x64')).toBe(digest);
  await writeFile(join(folder, 'go.sum'), 'changed');
  expect(await buildDigest(build, folder, 'linux-x64')).not.toBe(digest);
});
