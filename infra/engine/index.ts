/**
 * The real Pulumi engine, run on this repository's program with everything that it keeps in one throw-away folder: its
 * own home, a state in files, the stacks' configurations. Nothing is written to the repository or to the user's home.
 *
 * The official plugin of the Kubernetes provider is used where the user has it. Elsewhere the stand-in (stand-in/) does
 * its work; a test then says so, because what the stand-in did is not shown for the official one.
 */
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { runProgram } from '../../tools/index.ts';
import { type Changes, changesIn, complaintIn } from './output.ts';
import { installPlugin } from './plugin.ts';

export type { Changes } from './output.ts';

const root = join(import.meta.dirname, '..', '..');

/** The engine did not do what it was asked to; the message has its words. */
class EngineError extends Error {
  override readonly name = 'EngineError';
  /** Everything that it said. */
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

export type Operation = 'up' | 'preview' | 'refresh' | 'destroy';

export type Engine = {
  /** Whether the stand-in does the work of the official plugin. */
  readonly usesStandIn: boolean;
  /** Sets the configuration of a stack, by keys without their prefix; makes the stack when it is new. */
  readonly configure: (stack: string, config: Readonly<Record<string, unknown>>) => Promise<void>;
  /**
   * Runs an operation to its end.
   *
   * @param options.args further arguments of `pulumi`, such as `--expect-no-changes`
   * @param options.onOutput hears what the engine says while it works
   * @returns what happened to how many resources
   * @throws EngineError when it fails
   */
  readonly run: (
    operation: Operation,
    stack: string,
    options?: RunOptions & { readonly args?: readonly string[] },
  ) => Promise<Changes>;
  /** Lets `destroy` take what was protected. */
  readonly unprotect: (stack: string) => Promise<void>;
  /** What the stack's newest `up` told. */
  readonly outputs: (stack: string) => Promise<Outputs>;
  /** The stack's state as it is stored, secrets encrypted. */
  readonly state: (stack: string) => Promise<string>;
};

type RunOptions = {
  readonly onOutput?: (text: string) => void;
  /** An abort interrupts the engine as Ctrl-C does. */
  readonly signal?: AbortSignal;
};

type Outputs = Readonly<Record<string, unknown>>;

type Exported = {
  readonly deployment: {
    readonly resources?: readonly { readonly type: string; readonly outputs?: Outputs }[];
  };
};

/** How many objects are worked on at once; most of the time they are only waited for. */
const parallel = 32;

/**
 * Prepares an engine; call it again with the same folder to go on with its stacks.
 *
 * @param options.home the folder; whoever removes it when everything is destroyed leaves nothing
 * @param options.tools paths of the programs
 * @param options.kubeconfig the cluster to deploy to; default what the environment says, as with kubectl
 * @param options.environment where to find the user's home, and what plugins are to see
 */
export async function createEngine(options: {
  readonly home: string;
  readonly tools: { readonly pulumi: string; readonly 'pulumi-language-nodejs': string };
  readonly kubeconfig?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Engine> {
  const { home, tools, kubeconfig, environment } = options;
  const node = process.execPath;
  const places = {
    project: join(home, 'project'),
    state: join(home, 'state'),
    pulumiHome: join(home, 'home'),
    bin: join(home, 'bin'),
  };
  for (const place of [places.pulumiHome, places.bin]) await rm(place, { recursive: true, force: true });
  for (const place of Object.values(places)) await mkdir(place, { recursive: true });
  // A plugin that is found on PATH would be preferred: nothing else is to be there.
  for (const [name, path] of Object.entries({ ...tools, node })) await symlink(path, join(places.bin, name));
  await writeFile(join(places.project, 'Pulumi.yaml'), await projectFile());
  const userHome = environment.PULUMI_HOME ?? join(homedir(), '.pulumi');
  const usesStandIn = await installPlugin({ root, pulumiHome: places.pulumiHome, userHome, node });

  const ownVariables = Object.entries(environment).filter(([name]) => !name.startsWith('PULUMI_'));
  const env = {
    ...Object.fromEntries(ownVariables),
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
    PATH: [places.bin, '/usr/bin', '/bin'].join(delimiter),
    PULUMI_HOME: places.pulumiHome,
    PULUMI_BACKEND_URL: `file://${places.state}`,
    // Stacks hold no secrets of their own, and this one lasts no longer than a test.
    PULUMI_CONFIG_PASSPHRASE: 'throw-away',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };

  const pulumi = async (args: readonly string[], { onOutput, signal }: RunOptions = {}) => {
    const { exitCode, output } = await runProgram(
      tools.pulumi,
      [...args, '--non-interactive', '--color=never'],
      {
        env,
        cwd: places.project,
        onOutput,
        signal,
      },
    );
    signal?.throwIfAborted();
    if (exitCode === 0) return output;
    throw new EngineError(`pulumi ${args.join(' ')} failed:\n${complaintIn(output)}`, output);
  };

  const exported = async (stack: string) => {
    const file = join(home, 'exported.json');
    await pulumi(['stack', 'export', '--stack', stack, '--file', file]);
    return readFile(file, 'utf8');
  };

  return {
    usesStandIn,

    async configure(stack, config) {
      const file = join(places.project, `Pulumi.${stack}.yaml`);
      const old = parse(await readFile(file, 'utf8').catch(() => '{}')) as Readonly<Record<string, unknown>>;
      const keys = Object.entries(config).map(([key, value]) => [`stormproof:${key}`, value]);
      await writeFile(file, stringify({ ...old, config: Object.fromEntries(keys) }));
      if (old.encryptionsalt === undefined) await pulumi(['stack', 'init', stack, '--no-select']);
    },

    async run(operation, stack, { args = [], ...rest } = {}) {
      const common = ['--stack', stack, '--parallel', String(parallel), '--suppress-outputs'];
      const unattended = operation === 'preview' ? [] : ['--yes', '--skip-preview', '--suppress-progress'];
      return changesIn(await pulumi([operation, ...common, ...unattended, ...args], rest));
    },

    async unprotect(stack) {
      await pulumi(['state', 'unprotect', '--all', '--yes', '--stack', stack]);
    },

    async outputs(stack) {
      const { deployment } = JSON.parse(await exported(stack)) as Exported;
      return deployment.resources?.find(({ type }) => type === 'pulumi:pulumi:Stack')?.outputs ?? {};
    },

    state: exported,
  };
}

/** The repository's own project, told from elsewhere. */
async function projectFile(): Promise<string> {
  const project = parse(await readFile(join(root, 'Pulumi.yaml'), 'utf8')) as { readonly main: string };
  const { stackConfigDir, ...rest } = project as Readonly<Record<string, unknown>>;
  return stringify({ ...rest, main: join(root, project.main) });
}
