import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkExactVersions, checkGoSum, checkPackageLock } from './lock-files.ts';

const root = join(import.meta.dirname, '..');
const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8');

describe('npm packages', () => {
  test('are exact versions, each with a digest, and no address of a registry', () => {
    expect(checkPackageLock(read('package-lock.json'))).toEqual([]);
    expect(checkExactVersions(read('package.json'))).toEqual([]);
  });

  test.each([
    [{ resolved: 'https://registry.invalid/a.tgz', integrity: 'sha512-abc' }, 'names an address'],
    [{ integrity: 'sha1-abc' }, 'has no SHA-512'],
    [{}, 'has no SHA-512'],
  ])('%j is found', (entry, said) => {
    const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/a': entry } };
    expect(checkPackageLock(JSON.stringify(lock))).toEqual([expect.stringContaining(said)]);
  });

  test.each(['^1.2.3', '~1.2.3', '*', 'latest', 'git+https://example.invalid/a.git'])(
    '%s is no exact version',
    (wanted) => {
      expect(checkExactVersions(JSON.stringify({ dependencies: { a: wanted } }))).toHaveLength(1);
    },
  );
});

describe('Go modules', () => {
  const modules = readdirSync(join(import.meta.dirname, 'modules'));

  test.each(modules)('of %s have a digest each', (module) => {
    const goMod = read('tools/modules', module, 'go.mod');
    const hasRequirements = /^\s*(require )?[\w.-]+\.[\w./~-]+ v\d/m.test(goMod);
    const goSum = hasRequirements ? read('tools/modules', module, 'go.sum') : '';
    expect(checkGoSum(goMod, goSum)).toEqual([]);
  });

  test('without a digest, or from a folder, are found', () => {
    const goMod = 'module a\n\nrequire (\n\texample.com/b v1.0.0\n)\nrequire example.com/c v2.0.0\n';
    const goSum = 'example.com/b v1.0.0 h1:abc=\nexample.com/b v1.0.0/go.mod h1:abc=\n';
    expect(checkGoSum(goMod, goSum)).toEqual(['go.sum has no digest of example.com/c v2.0.0']);
    expect(checkGoSum(`${goMod}replace example.com/b => ../b\n`, '')).toHaveLength(3);
  });
});
