import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installPlugin } from './plugin.ts';

let dir = '';

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'plugin-'));
});

beforeEach(() => {
  rmSync(dir, { recursive: true });
  const sdk = join(dir, 'root/node_modules/@pulumi/kubernetes');
  mkdirSync(sdk, { recursive: true });
  writeFileSync(join(sdk, 'package.json'), '{"version": "4.1.2"}');
});

afterAll(() => rmSync(dir, { recursive: true }));

const plugin = 'plugins/resource-kubernetes-v4.1.2/pulumi-resource-kubernetes';

function install(): Promise<boolean> {
  return installPlugin({
    root: join(dir, 'root'),
    pulumiHome: join(dir, 'throw-away'),
    userHome: join(dir, 'user'),
    node: '/usr/bin/node',
  });
}

describe("the Kubernetes provider's plugin", () => {
  it('is the official one where the user has it', async () => {
    mkdirSync(join(dir, 'user', plugin, '..'), { recursive: true });
    writeFileSync(join(dir, 'user', plugin), '');
    expect(await install()).toBe(false);
    expect(realpathSync(join(dir, 'throw-away', plugin))).toBe(realpathSync(join(dir, 'user', plugin)));
  });

  it('is the stand-in elsewhere, under the same version', async () => {
    expect(await install()).toBe(true);
    expect(readFileSync(join(dir, 'throw-away', plugin), 'utf8')).toBe(
      `#!/bin/sh\nSTORMPROOF_STAND_IN_VERSION=4.1.2 exec '/usr/bin/node' '${dir}/root/infra/engine/stand-in/main.ts' "$@"\n`,
    );
  });
});
