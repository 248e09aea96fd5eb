import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Env } from '../../tools/index.ts';
import { installPlugin } from './plugin.ts';

const root = join(import.meta.dirname, '..', '..');

/** What the engine needs to run: all of it in one folder. */
export type Home = {
  /** Where it runs: the project, and the configuration of its stacks. */
  readonly projectDir: string;
  readonly env: Env;
  /** Whether the stand-in does the work of the official plugin. */
  readonly usesStandIn: boolean;
};

/** Makes a home for the engine, or makes it anew around the stacks that are there. */
export async function prepareHome(options: {
  readonly home: string;
  readonly tools: Readonly<Record<string, string>>;
  readonly kubeconfig: string | undefined;
  readonly environment: Env;
}): Promise<Home> {
  const { home, tools, kubeconfig, environment } = options;
  const places = {
    projectDir: join(home, 'project'),
    state: join(home, 'state'),
    pulumiHome: join(home, 'home'),
    bin: join(home, 'bin'),
  };
  for (const place of [places.pulumiHome, places.bin]) await rm(place, { recursive: true, force: true });
  for (const place of Object.values(places)) await mkdir(place, { recursive: true });

  const node = process.execPath;
  for (const [name, path] of Object.entries({ ...tools, node })) await symlink(path, join(places.bin, name));
  await writeFile(join(places.projectDir, 'Pulumi.yaml'), await projectFile());
  const userHome = environment.PULUMI_HOME ?? join(homedir(), '.pulumi');
  const usesStandIn = await installPlugin({ root, pulumiHome: places.pulumiHome, userHome, node });

  const ownVariables = Object.entries(environment).filter(([name]) => !name.startsWith('PULUMI_'));
  const env = {
    ...Object.fromEntries(ownVariables),
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
    // A plugin that is found on PATH would be preferred: as little as possible is to be there.
    PATH: [places.bin, '/usr/bin', '/bin'].join(delimiter),
    PULUMI_HOME: places.pulumiHome,
    PULUMI_BACKEND_URL: `file://${places.state}`,
    // Stacks hold no secrets of their own, and this one lasts no longer than a test.
    PULUMI_CONFIG_PASSPHRASE: 'throw-away',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };
  return { projectDir: places.projectDir, env, usesStandIn };
}

/** The repository's own project, told from elsewhere. */
async function projectFile(): Promise<string> {
  const project = parse(await readFile(join(root, 'Pulumi.yaml'), 'utf8')) as { readonly main: string };
  const { stackConfigDir, ...rest } = project as Readonly<Record<string, unknown>>;
  return stringify({ ...rest, main: join(root, project.main) });
}
