import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { benchTools, kubernetesTools, platformTools, programs } from './programs.ts';

const toolNames = [...platformTools, ...kubernetesTools, ...benchTools];

/** Where a project's Go module has another number than its release. */
const moduleVersions: Readonly<Record<string, string>> = { prometheus: '0.314.0', jaeger: '1.76.0' };

test.each(toolNames)('%s is made by its build, from a module of the version in the table', async (name) => {
  const { build } = programs[name];
  const goPackage = build.packages[name];
  expect(goPackage).toBeDefined();
  const module = join(import.meta.dirname, 'modules', build.name);
  const goMod = await readFile(join(module, 'go.mod'), 'utf8');
  const [path, version] = /^(?:require |\t)(\S+) v(\S+)$/m.exec(goMod)?.slice(1) ?? [];
  if (path !== undefined) {
    expect(await readFile(join(module, 'go.sum'), 'utf8')).toContain(`${path} v${version} h1:`);
  }
  if (goPackage === '.') {
    expect(await readFile(join(module, 'main.go'), 'utf8')).toContain(`"${build.version}"`);
    return;
  }
  expect(goPackage?.startsWith(path ?? '?')).toBe(true);
  expect(version).toBe(moduleVersions[build.name] ?? build.version);
});

test('programs that are built together bear the names that the compiler gives them', () => {
  const together = toolNames.filter((name) => Object.keys(programs[name].build.packages).length > 1);
  expect(together).toContain('kubectl');
  for (const name of together) expect(basename(programs[name].build.packages[name] ?? '')).toBe(name);
});

test('a version that is linked in is the one of the table', () => {
  for (const { build } of Object.values(programs)) {
    const versions = Object.values(build.linkVariables ?? {}).filter((value) => value.includes('.'));
    for (const version of versions) expect(version.replace(/^v/, '')).toBe(build.version);
  }
});

test('the override variable is the name in capitals', () => {
  for (const name of toolNames) {
    expect(programs[name].overrideVariable).toBe(`STORMPROOF_${name.toUpperCase().replaceAll('-', '_')}`);
  }
});
