/**
 * The real Pulumi engine, run on this repository's program with everything that it keeps in one throw-away folder: its
 * own home, a state in files, the stacks' configurations. Nothing is written to the repository or to the user's home.
 *
 * home.ts prepares that folder. The official plugin of the Kubernetes provider is used where the user has it. Elsewhere
 * the stand-in (stand-in/) does its work; a test then says so, because what the stand-in did is not shown for the
 * official one.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Env, runProgram } from '../../tools/index.ts';
import { prepareHome } from './home.ts';
import { type Changes, changesIn, complaintIn } from './output.ts';

export type { Changes } from './output.ts';

/** The engine did not do what it was asked to; the message has its words. */
class EngineError extends Error {
  override readonly name = 'EngineError';
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
  readonly environment: Env;
}): Promise<Engine> {
  const { home, tools, kubeconfig, environment } = options;
  const { projectDir, env, usesStandIn } = await prepareHome({ home, tools, kubeconfig, environment });

  const pulumi = async (args: readonly string[], { onOutput, signal }: RunOptions = {}) => {
    const { exitCode, output } = await runProgram(
      tools.pulumi,
      [...args, '--non-interactive', '--color=never'],
      {
        env,
        cwd: projectDir,
        onOutput,
        signal,
      },
    );
    signal?.throwIfAborted();
    if (exitCode === 0) return output;
    throw new EngineError(`pulumi ${args.join(' ')} failed:\n${complaintIn(output)}`);
  };

  const exported = async (stack: string) => {
    const file = join(home, 'exported.json');
    await pulumi(['stack', 'export', '--stack', stack, '--file', file]);
    return readFile(file, 'utf8');
  };

  return {
    usesStandIn,

    async configure(stack, config) {
      const file = join(projectDir, `Pulumi.${stack}.yaml`);
      const old = parse(await readFile(file, 'utf8').catch(() => '{}')) as Readonly<Record<string, unknown>>;
      const keys = Object.entries(config).map(([key, value]) => [`stormproof:${key}`, value]);
      await writeFile(file, stringify({ ...old, config: Object.fromEntries(keys) }));
      if (old.encryptionsalt === undefined) await pulumi(['stack', 'init', stack, '--no-select']);
    },

    async run(operation, stack, { args = [], ...rest } = {}) {
      return changesIn(await pulumi([operation, ...argumentsOf(operation, stack), ...args], rest));
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

/**
 * As a person would have it who says yes to everything. Only `destroy` looks ahead: it refuses to begin when something
 * is protected, and would notice on its way otherwise.
 */
function argumentsOf(operation: Operation, stack: string): readonly string[] {
  const common = ['--stack', stack, '--parallel', String(parallel), '--suppress-outputs'];
  if (operation === 'preview') return common;
  return [...common, '--yes', '--suppress-progress', ...(operation === 'destroy' ? [] : ['--skip-preview'])];
}
