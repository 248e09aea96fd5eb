import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type Experiment,
  type ExperimentPlan,
  experimentNamed,
  experiments,
  FaultError,
  planExperiment,
  sabotages,
  suites,
} from '../chaos/index.ts';
import { createContext } from './command.ts';
import { type ConductOptions, withConduct } from './conduct.ts';
import { UsageError } from './failure.ts';
import { withLoadOptions } from './load.ts';
import { runSuite } from './suite.ts';

/** Values of an experiment's parameters. */
export type Settings = Readonly<Record<string, number>>;

/** What every command is asked for that runs experiments with loads and parts of their own. */
export type RunnerOptions = Omit<ConductOptions, 'sabotage'> & {
  readonly rate?: number;
  readonly for?: number;
  readonly sabotage?: string;
};

type RunOptions = RunnerOptions & { readonly set: Settings };

/** `stormproof chaos run`: one experiment with its whole report, or a suite with a line for each. */
export function addRun(chaos: Command): void {
  withSettings(
    withLoadOptions(chaos.command('run').description('run an experiment, or a suite, and judge it')),
  )
    .argument('<name>', 'an experiment or a suite that `chaos list` shows')
    .option('--keep', 'leave the platform running')
    .option(
      '--lazy-fsync',
      'brokers fsync every two minutes, as they do by default, and not with each write: see what that costs',
    )
    .addOption(sabotageOption())
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof chaos run quick                  one failure of each part, under five minutes
  $ stormproof chaos run full                   every failure, under half an hour
  $ stormproof chaos run leader-killed
  $ stormproof chaos run power-lost-on-all --lazy-fsync     see the audit count what is lost
  $ stormproof chaos run provider-slow --set latencyMs=1800 --set holdMs=20000 --for 60
  $ stormproof chaos run provider-lies --json | jq .decision
  $ stormproof chaos run provider-down --sabotage breaker-never-opens    see it caught; docs/teeth.md has all

A platform that runs already is used, and left running.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED; of a suite, that of the worst verdict.`,
    )
    .action(async (name: string, options: RunOptions) => {
      const context = createContext(options);
      const conductOptions = { ...options, sabotage: sabotageOf(options) };
      const suite = suites[name];
      if (suite === undefined) {
        const { experiment } = chooseRunnable(name, choiceOf(options));
        await withConduct([experiment], conductOptions, context, (conduct) => conduct(experiment));
        return;
      }
      if (Object.keys(options.set).length > 0) {
        throw new UsageError(
          `--set: the experiments of ${name} have parameters of their own; expected one experiment`,
        );
      }
      const planned = suite.map((plan) => planExperiment(plan, choiceOf(options)));
      await runSuite({ name, experiments: planned, options: conductOptions, context });
    });
}

/** `--sabotage`, for a command that runs experiments. */
export function sabotageOption(): Option {
  return new Option(
    '--sabotage <part>',
    'run with a deliberately wrong part, which the checks must catch',
  ).choices(Object.keys(sabotages));
}

/** The sabotage that an option names. */
export function sabotageOf({ sabotage }: { readonly sabotage?: string }): ConductOptions['sabotage'] {
  return sabotage === undefined ? undefined : sabotages[sabotage];
}

/** What the options choose of an experiment's own load. */
export function loadOf(options: Pick<RunnerOptions, 'rate' | 'for'>): Partial<Experiment['load']> {
  return {
    ...(options.rate === undefined ? {} : { rate: options.rate }),
    ...(options.for === undefined ? {} : { durationSeconds: options.for }),
  };
}

/** What the options choose of an experiment's own load and parameters. */
function choiceOf(options: RunOptions): NonNullable<Parameters<typeof planExperiment>[1]> {
  return { load: loadOf(options), settings: options.set };
}

/**
 * As {@link chooseExperiment}, for a name that could have been a suite's.
 * @throws UsageError that names the suites as well when there is neither
 */
export function chooseRunnable(...choice: Parameters<typeof chooseExperiment>) {
  const [name] = choice;
  if (experiments.some((plan) => plan.name === name)) return chooseExperiment(...choice);
  throw new UsageError(
    `there is no experiment and no suite ${JSON.stringify(name)}; known: ${experiments.map((plan) => plan.name).join(', ')}; suites: ${Object.keys(suites).join(', ')}`,
  );
}

/** @throws UsageError when there is no such experiment, or it has no such settings */
export function chooseExperiment(
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

/** Adds `--set`. */
export function withSettings(command: Command): Command {
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
