import { Argument, type Command, InvalidArgumentError } from 'commander';
import {
  coverageOf,
  type Experiment,
  type ExperimentPlan,
  experimentNamed,
  experiments,
  FaultError,
  faultKinds,
  healEverything,
  needsDisks,
  planExperiment,
  suites,
  sweeps,
} from '../chaos/index.ts';
import { platform } from '../topology/index.ts';
import { exitCodes, type RunReport, worstOf } from '../verdict/index.ts';
import {
  renderCoverage,
  renderExperiment,
  renderExperimentList,
  renderSuite,
  type SuiteRow,
} from './chaos-text.ts';
import { runOnCluster } from './cluster-run.ts';
import {
  type CommandContext,
  createCommandTerminal,
  createContext,
  type PlatformOptions,
  runsDirOf,
  withTargetOptions,
} from './command.ts';
import { type LoadOptions, prepareGenerator } from './experiment.ts';
import { UsageError } from './failure.ts';
import { withLoadOptions } from './load.ts';
import { runOnPlatform } from './own-platform.ts';
import { attachRunning, prepareLocalTarget } from './platform.ts';
import { takeTurn } from './turn.ts';

type Settings = Readonly<Record<string, number>>;
type RunOptions = Omit<LoadOptions, 'rate' | 'for'> & {
  readonly rate?: number;
  readonly for?: number;
  readonly keep?: boolean;
  readonly lazyFsync?: boolean;
  readonly set: Settings;
};

/** `stormproof chaos …`: experiments by name, and the way back when something was left broken. */
export function registerChaos(program: Command): void {
  const chaos = program.command('chaos').description('experiments: list, show, run; heal what is broken');
  for (const add of [addList, addShow, addRun, addSuite, addHeal, addMatrix]) add(chaos);
}

function addList(chaos: Command): void {
  chaos
    .command('list')
    .description('the experiments and what each is to show')
    .option('--json', 'print the result as JSON')
    .action((options: { json?: boolean }) => {
      const terminal = createCommandTerminal(options);
      terminal.print(renderExperimentList(experiments));
      terminal.printJson(experiments.map((plan) => planExperiment(plan)));
    });
}

function addShow(chaos: Command): void {
  withSettings(chaos.command('show').description('hypothesis, parameters, steps, limits of an experiment'))
    .argument('<experiment>', 'a name that `chaos list` shows')
    .option('--json', 'print the result as JSON')
    .action((name: string, options: { json?: boolean; set: Settings }) => {
      const terminal = createCommandTerminal(options);
      const { plan, experiment } = chooseExperiment(name, { settings: options.set });
      terminal.print(renderExperiment(plan, experiment, terminal.colors));
      terminal.printJson({ ...experiment, parameters: plan.parameters });
    });
}

function addRun(chaos: Command): void {
  withSettings(withLoadOptions(chaos.command('run').description('run an experiment and judge it')))
    .argument('<experiment>', 'a name that `chaos list` shows')
    .option('--keep', 'leave the platform running')
    .option(
      '--lazy-fsync',
      'brokers fsync every two minutes, as they do by default, and not with each write: see what that costs',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof chaos run leader-killed
  $ stormproof chaos run power-lost-on-all --lazy-fsync     see the audit count what is lost
  $ stormproof chaos run provider-slow --set latencyMs=1800 --set holdMs=20000 --for 60
  $ stormproof chaos run provider-lies --json | jq .decision

A platform that runs already is used, and left running.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (name: string, options: RunOptions) => {
      const context = createContext(options);
      await runChosen(chooseExperiment(name, choiceOf(options)).experiment, options, context);
    });
}

function addSuite(chaos: Command): void {
  withLoadOptions(chaos.command('suite').description('run several experiments, one after the other'))
    .addArgument(new Argument('<suite>', 'which experiments').choices(Object.keys(suites)))
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof chaos suite quick              one failure of each part, under five minutes
  $ stormproof chaos suite full --rate 500    every failure but those of disks

Each leaves its report; the table in the end names them. Exit code: that of the worst verdict.`,
    )
    .action(async (name: string, options: Omit<RunOptions, 'set'>) => {
      const context = createContext(options);
      const rows: SuiteRow[] = [];
      for (const plan of suites[name] ?? []) {
        if (context.signal.aborted) break;
        const experiment = planExperiment(plan, choiceOf(options));
        const { runId, decision } = await runChosen(experiment, options, context);
        rows.push({ name: plan.name, verdict: decision.verdict, runId });
      }
      context.terminal.print(renderSuite(rows, context.terminal.colors));
      process.exitCode = exitCodes[worstOf(rows.map(({ verdict }) => verdict))];
    });
}

/** What the options choose of an experiment's own load and parameters. */
function choiceOf(options: Partial<RunOptions>): NonNullable<Parameters<typeof planExperiment>[1]> {
  return {
    load: {
      ...(options.rate === undefined ? {} : { rate: options.rate }),
      ...(options.for === undefined ? {} : { durationSeconds: options.for }),
    },
    settings: options.set ?? {},
  };
}

/** Runs an experiment where the options say, on a platform that has what it needs. */
async function runChosen(
  experiment: Experiment,
  options: Omit<RunOptions, 'set'>,
  context: CommandContext,
): Promise<RunReport> {
  const generator = await prepareGenerator(options.client, context);
  if (options.target === 'kubernetes') return runOnCluster({ experiment, generator, options, context });
  const target = await prepareLocalTarget(
    {
      ...options,
      chaos: true,
      disks: needsDisks(experiment),
      syncInterval: options.lazyFsync === true ? '2m' : undefined,
    },
    context,
  );
  return takeTurn(options, () => runOnPlatform({ experiment, target, generator, options, context }));
}

function addHeal(chaos: Command): void {
  withTargetOptions(
    chaos
      .command('heal')
      .description('undo whatever is broken, whoever broke it, and say what was looked at'),
  )
    .addHelpText(
      'after',
      `
Heals what the journals of all runs hold open, removes every disturbance of every proxy, lets paused
instances go on, starts stopped ones, and puts the provider's behaviour and the streams' limits back.
Exit codes: 0 nothing is wrong any more, 1 something is.`,
    )
    .action(async (options: PlatformOptions) => {
      const terminal = createCommandTerminal(options);
      const target = await attachRunning(options);
      terminal.status(`healing the platform (${target.description})`);
      const { healed, problems, looked, wrong } = await healEverything({
        target,
        kinds: faultKinds,
        sweeps,
        runsDir: runsDirOf(options),
      });
      for (const description of healed) terminal.print(`healed  ${description}`);
      terminal.print(`looked at  ${looked.join(', ')}`);
      for (const problem of [...problems, ...wrong]) terminal.print(terminal.colors.red(`wrong  ${problem}`));
      if (problems.length + wrong.length === 0) terminal.print(terminal.colors.green('nothing is wrong'));
      else process.exitCode = 1;
      terminal.printJson({ healed, problems, looked, wrong });
    });
}

function addMatrix(chaos: Command): void {
  chaos
    .command('matrix')
    .description('which faults the experiments inject on which edges and services')
    .option('--json', 'print the result as JSON')
    .action((options: { json?: boolean }) => {
      const terminal = createCommandTerminal(options);
      const coverage = coverageOf(platform, faultKinds, experiments);
      terminal.print(renderCoverage(coverage));
      terminal.printJson(coverage);
    });
}

/** @throws UsageError when there is no such experiment, or it has no such settings */
function chooseExperiment(
  name: string,
  choice: Parameters<typeof planExperiment>[1],
): { readonly plan: ExperimentPlan; readonly experiment: Experiment } {
  try {
    const plan = experimentNamed(name);
    return { plan, experiment: planExperiment(plan, choice) };
  } catch (cause) {
    if (cause instanceof FaultError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

function withSettings(command: Command): Command {
  return command.option<Settings>(
    '--set <key=value>',
    'a parameter of the experiment; may be repeated',
    (text, settings) => ({ ...settings, ...parseSetting(text) }),
    {},
  );
}

function parseSetting(text: string): Settings {
  const [, key, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  const number = Number(value);
  if (key === undefined || Number.isNaN(number)) {
    throw new InvalidArgumentError('Expected key=number, such as holdMs=5000.');
  }
  return { [key]: number };
}
