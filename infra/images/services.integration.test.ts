import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findOnPath } from '../../tools/index.ts';
import { appDir, nodeInImage, servicePrograms } from './services.ts';

const images = import.meta.dirname;
const programs = await servicePrograms(join(images, '..', '..'));

let dir = '';

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'services-image-'));
});

afterAll(() => rmSync(dir, { recursive: true }));

/** The parts of the environment in which build.sh looks for builders: a PATH with nothing but the programs named. */
async function pathWith(...names: readonly string[]): Promise<{ PATH: string }> {
  const bin = mkdtempSync(join(dir, 'bin-'));
  for (const name of names) {
    const path = await findOnPath(name, process.env);
    if (path === undefined) throw new Error(`${name} is not on PATH`);
    symlinkSync(path, join(bin, name));
  }
  return { PATH: bin };
}

describe('the image of the services', () => {
  beforeAll(() => {
    const context = join(dir, 'context');
    const written = spawnSync(process.execPath, [join(images, 'context.ts'), context]);
    expect(`${written.stderr}`).toBe('');
    for (const layer of ['node', 'packages', 'sources']) {
      cpSync(join(context, layer), join(dir, 'image'), { recursive: true });
    }
  });

  it.each(programs)('holds everything that %s loads', (program) => {
    const image = join(dir, 'image');
    const ran = spawnSync(join(image, nodeInImage), [program], {
      cwd: join(image, appDir),
      env: {},
      encoding: 'utf8',
    });
    // It comes as far as missing its configuration, or its arguments.
    expect(ran.stderr + ran.stdout).toMatch(/the configuration has \d+ problem|^Usage: main\.ts/);
    expect(ran.status).toBe(2);
  });

  it('holds everything that the page of the promises sends', async () => {
    const image = join(dir, 'image');
    const child = spawn(join(image, nodeInImage), ['observability/page/main.ts'], {
      cwd: join(image, appDir),
      env: { STORMPROOF_PROMETHEUS_URL: 'http://127.0.0.1:9', STORMPROOF_PAGE_LISTEN: '127.0.0.1:0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [started] = (await once(child.stdout, 'data')) as [Buffer];
      const { url } = JSON.parse(String(started)) as { readonly url: string };
      const page = await (await fetch(url)).text();
      const sent = [...page.matchAll(/(?:href|src)="(\/[^"#]+)"/g)].map(([, path = '']) => path);
      expect(sent).toEqual(expect.arrayContaining(['/assets/live.js', '/runbooks/breaker-open']));
      for (const path of sent) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });

  it('lacks what no service imports', () => {
    const ran = spawnSync(process.execPath, ['-e', "require('@pulumi/pulumi')"], {
      cwd: join(dir, 'image', appDir),
      encoding: 'utf8',
    });
    expect(ran.stderr).toContain("Cannot find module '@pulumi/pulumi'");
  });
});

describe('build.sh', () => {
  const build = async (args: readonly string[], ...programs: readonly string[]) =>
    spawnSync('/bin/sh', [join(images, 'build.sh'), ...args], {
      env: await pathWith('dirname', 'mktemp', 'rm', ...programs),
      encoding: 'utf8',
    });

  it('says which builders there might be when there is none', async () => {
    const { status, stderr } = await build([]);
    expect(stderr).toBe(
      'build.sh: None of docker, podman and buildah is on PATH; one of them is needed to build the image.\n',
    );
    expect(status).toBe(1);
  });

  it('uses no other builder than the one it was told', async () => {
    const { status, stderr } = await build(['--with', 'podman']);
    expect(stderr).toBe('build.sh: podman is not on PATH.\n');
    expect(status).toBe(1);
  });

  it.each([['--with', 'make'], ['--tag'], ['latest']])('explains itself when told %s %s', async (...args) => {
    const { status, stderr } = await build(args);
    expect(stderr).toContain('usage: build.sh [--tag REFERENCE]');
    expect(status).toBe(1);
  });
});
