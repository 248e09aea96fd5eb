import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programs, toolNames } from './programs.ts';

/** Where a project's Go module has another number than its release. */
const moduleVersions: Readonly<Record<string, string>> = { prometheus: '0.314.0', jaeger: '1.76.0' };

test.each(toolNames)('%s is made by its build, from a module of the version in the table', async (name) => {
  const { build } = programs[name];
  const goPackage = build.packages[name];
  expect(goPackage).toBeDefined();
  const module = join(import.meta.dirname, 'modules', build.name);
  expect((await readFile(join(module, 'go.sum'), 'utf8')).length).toBeGreaterThan(0);
  if (goPackage === '.') {
    expect(await readFile(join(module, 'main.go'), 'utf8')).toContain(`"${build.version}"`);
    return;
  }
  const goMod = await readFile(join(module, 'go.mod'), 'utf8');
  const [path, version] = /^require (\S+) v(\S+)$/m.exec(goMod)?.slice(1) ?? [];
  expect(goPackage?.startsWith(path ?? '?')).toBe(true);
  expect(version).toBe(moduleVersions[build.name] ?? build.version);
});

test('the override variable is the name in capitals', () => {
  for (const name of toolNames) {
    expect(programs[name].overrideVariable).toBe(`STORMPROOF_${name.toUpperCase().replaceAll('-', '_')}`);
  }
});
