import { access, chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const pluginName = 'pulumi-resource-kubernetes';

/**
 * Puts the Kubernetes provider's plugin into a `PULUMI_HOME`: the official one where the user has it, at the version
 * that the program's SDK asks for, else the stand-in.
 *
 * @param options.userHome the user's own `PULUMI_HOME`
 * @param options.node runs the stand-in
 * @returns whether it is the stand-in
 */
export async function installPlugin(options: {
  readonly root: string;
  readonly pulumiHome: string;
  readonly userHome: string;
  readonly node: string;
}): Promise<boolean> {
  const { root, pulumiHome, userHome, node } = options;
  const version = await sdkVersion(root);
  const folder = join('plugins', `resource-kubernetes-v${version}`);
  const home = join(pulumiHome, folder);
  const official = join(userHome, folder, pluginName);
  await mkdir(home, { recursive: true });
  if (await isThere(official)) {
    await symlink(official, join(home, pluginName));
    return false;
  }
  const main = join(root, 'infra/engine/stand-in/main.ts');
  await writeFile(
    join(home, pluginName),
    `#!/bin/sh\nSTORMPROOF_STAND_IN_VERSION=${version} exec '${node}' '${main}' "$@"\n`,
  );
  await chmod(join(home, pluginName), 0o755);
  return true;
}

async function sdkVersion(root: string): Promise<string> {
  const text = await readFile(join(root, 'node_modules/@pulumi/kubernetes/package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
