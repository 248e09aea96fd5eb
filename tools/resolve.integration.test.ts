import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { programs } from './programs.ts';
import { homeOf, type Places, resolveTool } from './resolve.ts';

let folder: string;
let places: Places;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stormproof-resolve-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const modules = join(import.meta.dirname, 'modules');
  places = { env: {}, cache: join(folder, 'cache'), modules, platform: 'linux-x64' };
});

/** Puts a shell script that prints `output` where a program is looked for. */
async function fake(path: string, output: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\nprintf '%s\\n' '${output}'\n`, { mode: 0o755 });
  return path;
}

function resolveK6(env: Places['env']) {
  return resolveTool(programs.k6, { ...places, env });
}

test('prefers the override, then the same version on PATH, then the cache, and else asks for a build', async () => {
  const inCache = join(await homeOf(programs.k6.build, places), 'k6');
  expect(await resolveK6({})).toEqual({ source: 'build', path: inCache, version: '2.2.0' });

  await fake(inCache, 'k6 v2.2.0');
  expect(await resolveK6({})).toEqual({ source: 'cache', path: inCache, version: '2.2.0' });

  const onPath = await fake(join(folder, 'bin/k6'), 'k6 v2.2.0 (go1.26.8, linux/amd64)');
  const PATH = `${join(folder, 'absent')}:${join(folder, 'bin')}`;
  expect(await resolveK6({ PATH })).toEqual({ source: 'path', path: onPath, version: '2.2.0' });

  const own = await fake(join(folder, 'own'), 'k6 v2.3.0');
  expect(await resolveK6({ PATH, STORMPROOF_K6: own })).toEqual({
    source: 'override',
    path: own,
    version: '2.3.0',
  });
});

test('passes by another version on PATH and takes the right one behind it', async () => {
  await fake(join(folder, 'old/k6'), 'k6 v1.0.0');
  const right = await fake(join(folder, 'new/k6'), 'k6 v2.2.0');
  const resolution = await resolveK6({ PATH: `${join(folder, 'old')}:${join(folder, 'new')}` });
  expect(resolution).toMatchObject({ source: 'path', path: right });
});

test('refuses an override that is no program, instead of quietly using another', async () => {
  await expect(resolveK6({ STORMPROOF_K6: join(folder, 'absent') })).rejects.toMatchObject({
    code: 'override-unusable',
    message: expect.stringContaining('STORMPROOF_K6'),
  });
});

test('passes by a Collector of the right version that lacks a component', async () => {
  await fake(join(folder, 'bin/otelcol'), 'otelcol version 0.159.0');
  const resolution = await resolveTool(programs.otelcol, { ...places, env: { PATH: join(folder, 'bin') } });
  expect(resolution.source).toBe('build');
});
