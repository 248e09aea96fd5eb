import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../tools/index.ts';
import { goComponents, npmComponents, renderSbom } from './sbom-document.ts';
import { servicesContent } from './services.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the bill of materials of the services’ image', () => {
  test('names every package of which a file is in the image, with the digest of the lock file', async () => {
    const node = join(root, 'node_modules/.bin/node');
    const { exitCode, output } = await runProgram(node, ['infra/images/sbom.ts', 'services'], {
      env: process.env,
      cwd: root,
    });
    expect(exitCode).toBe(0);
    const { bomFormat, components } = JSON.parse(output.slice(output.indexOf('{'))) as {
      bomFormat: string;
      components: readonly { name: string; version: string; hashes?: readonly unknown[] }[];
    };
    expect(bomFormat).toBe('CycloneDX');
    const { packages } = await servicesContent(root);
    const copied = packages
      .map(({ path }) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
      .filter((name) => name !== undefined);
    const [first, ...libraries] = components;
    expect(first).toMatchObject({ name: 'node', version: process.versions.node });
    expect(new Set(libraries.map(({ name }) => name))).toEqual(new Set(copied));
    expect(libraries.filter(({ hashes }) => hashes === undefined)).toEqual([]);
  });

  test('is refused where the lock file does not vouch for a package', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Parameters<
      typeof npmComponents
    >[0];
    const { integrity: _, ...fastify } = lock.packages['node_modules/fastify'] ?? {};
    const doctored = { packages: { ...lock.packages, 'node_modules/fastify': fastify } };
    expect(npmComponents(lock, ['node_modules/fastify'])).toHaveLength(1);
    expect(() => npmComponents(doctored, ['node_modules/fastify'])).toThrow(
      'SHA-512 of node_modules/fastify',
    );
  });
});

test('a Go program is made of the modules that its compiler noted', () => {
  const printed = [
    '/cache/nats-server: go1.26.8',
    '\tpath\tgithub.com/nats-io/nats-server/v2',
    '\tmod\tstormproof.invalid/nats-server\t(devel)',
    '\tdep\tgithub.com/nats-io/nats-server/v2\tv2.14.5\th1:abc=',
    '\tdep\tgithub.com/old/module\tv1.0.0',
    '\t=>\tgithub.com/new/module\tv1.1.0\th1:def=',
    '\tbuild\t-compiler=gc',
  ].join('\n');
  expect(goComponents(printed).map(({ purl }) => purl)).toEqual([
    'pkg:golang/stdlib@1.26.8',
    'pkg:golang/github.com/nats-io/nats-server/v2@v2.14.5',
    'pkg:golang/github.com/new/module@v1.1.0',
  ]);
  expect(renderSbom({ name: 'nats', version: '1', components: [] })).toMatchObject({ specVersion: '1.6' });
});
