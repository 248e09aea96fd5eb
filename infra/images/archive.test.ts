import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImageSpec, writeImageArchive } from './archive.ts';
import { layerEntries } from './layer.ts';
import { tar } from './tar.ts';

let dir = '';
let program = '';

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'image-archive-'));
  program = join(dir, 'program');
  writeFileSync(program, Buffer.alloc(3_000_000, 7));
  chmodSync(program, 0o700);
});

afterAll(() => rmSync(dir, { recursive: true }));

const long = `usr/lib/${'deeply-nested/'.repeat(9)}file.txt`;

function specOf(): ImageSpec {
  return {
    reference: 'localhost/stormproof/example:1.0.0',
    layers: [
      [
        { path: '/usr/bin/program', file: program },
        { path: '/tmp', directory: true, mode: 0o1777 },
        { path: '/bin', linkTo: 'usr/bin' },
      ],
      [
        { path: long, text: 'far away\n' },
        { path: 'etc/größe', text: '' },
      ],
    ],
    entrypoint: ['/usr/bin/program'],
    env: { PATH: '/usr/bin' },
    user: '65532:65532',
  };
}

/** What the system's own tar makes of an archive. */
function unpack(archive: string): string {
  const to = mkdtempSync(join(dir, 'unpacked-'));
  execFileSync('tar', ['-xpf', archive, '-C', to]);
  return to;
}

describe('an image archive', () => {
  it('holds the configuration and each layer under its digest', async () => {
    const archive = join(dir, 'image.tar');
    await writeImageArchive(specOf(), archive);
    const image = unpack(archive);
    const [manifest] = JSON.parse(readFileSync(join(image, 'manifest.json'), 'utf8'));
    expect(manifest.RepoTags).toEqual(['localhost/stormproof/example:1.0.0']);
    const config = JSON.parse(readFileSync(join(image, manifest.Config), 'utf8'));
    expect(config.config).toEqual({
      Entrypoint: ['/usr/bin/program'],
      Env: ['PATH=/usr/bin'],
      User: '65532:65532',
    });
    for (const [index, layer] of manifest.Layers.entries()) {
      const sha256 = createHash('sha256')
        .update(readFileSync(join(image, layer)))
        .digest('hex');
      expect(layer).toBe(`${sha256}.tar`);
      expect(config.rootfs.diff_ids[index]).toBe(`sha256:${sha256}`);
    }
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);

    const [base, top] = manifest.Layers.map((layer: string) => unpack(join(image, layer)));
    expect(readFileSync(join(base, 'bin/program')).equals(readFileSync(program))).toBe(true);
    expect(readFileSync(join(top, long), 'utf8')).toBe('far away\n');
    expect(readdirSync(join(top, 'etc'))).toEqual(['größe']);
    const listing = execFileSync('tar', ['--numeric-owner', '-tvf', join(image, manifest.Layers[0])], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    expect(listing.trim().split('\n')).toEqual([
      expect.stringMatching(/^lrwxrwxrwx 0\/0 +0 1970-01-01 00:00 bin -> usr\/bin$/),
      expect.stringMatching(/^drwxrwxrwt 0\/0 .* tmp\/$/),
      expect.stringMatching(/^drwxr-xr-x 0\/0 .* usr\/$/),
      expect.stringMatching(/^drwxr-xr-x 0\/0 .* usr\/bin\/$/),
      expect.stringMatching(/^-rwxr-xr-x 0\/0 +3000000 .* usr\/bin\/program$/),
    ]);
  });

  it('has the same bytes for the same image, in whatever order a layer is told', async () => {
    const spec = specOf();
    const reversed = { ...spec, layers: spec.layers.map((layer) => layer.toReversed()) };
    await writeImageArchive(spec, join(dir, 'one.tar'));
    await writeImageArchive(reversed, join(dir, 'two.tar'));
    expect(readFileSync(join(dir, 'one.tar')).equals(readFileSync(join(dir, 'two.tar')))).toBe(true);
  });

  it('is not left behind half-made', async () => {
    const spec = { ...specOf(), layers: [[{ path: '/absent', file: join(dir, 'absent') }]] };
    await expect(writeImageArchive(spec, join(dir, 'none.tar'))).rejects.toThrow('ENOENT');
    expect(readdirSync(dir).filter((name) => name.startsWith('none.tar'))).toEqual([]);
  });
});

describe('a layer', () => {
  it('refuses a path that is there twice, or outside of the image', async () => {
    const twice = [
      { path: '/a', text: '1' },
      { path: 'a', text: '2' },
    ];
    await expect(layerEntries(twice)).rejects.toThrow('a is twice in the layer');
    await expect(layerEntries([{ path: '/../etc/passwd', text: '' }])).rejects.toThrow('no path in an image');
  });

  it('refuses a file that grows while it is read', async () => {
    const growing = join(dir, 'growing');
    writeFileSync(growing, 'short');
    const entries = await layerEntries([{ path: '/growing', file: growing }]);
    appendFileSync(growing, ' no more');
    await expect(buffer(tar(entries))).rejects.toThrow('growing has 13 bytes instead of 5');
  });
});
