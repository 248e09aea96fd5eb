import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importsOf, specifiersIn } from './imports.ts';
import { packageFiles, packageFolders } from './packages.ts';

let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'imports-'));
});

afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, content: string | object): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('what a file imports', () => {
  it('is what is loaded when it runs, and no type', () => {
    const text = `import 'side-effect';
import { a,
  b } from './many-lines.ts';
import { type C, d } from '../values-too.ts';
import type { E } from './types-only.ts';
export type { F } from './also-types.ts';
export { g } from './again.ts';
export const h = 'from';
const text = "import x from 'string';";
const { i } = await import('./late.ts');
`;
    expect(specifiersIn(text)).toEqual([
      'side-effect',
      './many-lines.ts',
      '../values-too.ts',
      './again.ts',
      './late.ts',
    ]);
  });

  it('is followed through files of the repository, in circles too', async () => {
    write(
      'services/a/main.ts',
      "import { b } from '../b/b.ts';\nimport { x } from '@scope/x/deep/file.js';\n",
    );
    write('services/b/b.ts', "import 'node:fs';\nimport z from 'z';\nimport { a } from '../a/main.ts';\n");
    expect(await importsOf(root, ['services/a/main.ts'])).toEqual({
      sources: ['services/a/main.ts', 'services/b/b.ts'],
      packages: ['@scope/x', 'z'],
    });
  });
});

describe('the packages that an image needs', () => {
  it('are those imported and what they depend on, in the versions that each finds', async () => {
    write('node_modules/a/package.json', {
      dependencies: { b: '1', c: '2' },
      optionalDependencies: { absent: '1' },
      devDependencies: { dev: '1' },
    });
    write('node_modules/a/node_modules/c/package.json', { version: '2' });
    write('node_modules/b/package.json', {
      dependencies: { c: '1', a: '1' },
      peerDependencies: { peer: '1', missing: '1' },
      peerDependenciesMeta: { missing: { optional: true } },
    });
    write('node_modules/c/package.json', { version: '1' });
    write('node_modules/peer/package.json', {});
    write('node_modules/dev/package.json', {});
    expect(await packageFolders(root, ['a'])).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/c',
      'node_modules/b',
      'node_modules/c',
      'node_modules/peer',
    ]);
    await expect(packageFolders(root, ['absent'])).rejects.toThrow(
      'absent is not installed, but a service needs it',
    );
  });

  it('come without declarations, source maps and manuals, but with their licences', async () => {
    for (const file of ['package.json', 'lib/index.js', 'lib/index.js.map', 'lib/index.d.ts', 'LICENSE.md']) {
      write(`node_modules/d/${file}`, '{}');
    }
    write('node_modules/d/README.md', '');
    write('node_modules/d/node_modules/e/package.json', {});
    expect((await packageFiles(root, 'node_modules/d')).toSorted()).toEqual([
      'node_modules/d/LICENSE.md',
      'node_modules/d/lib/index.js',
      'node_modules/d/package.json',
    ]);
  });
});
