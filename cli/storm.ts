import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type LoadGenerator, planExperiment, sabotages, storm } from '../chaos/index.ts';
import type { LocalTarget } from '../targets/local/index.ts';
import type { RunReport } from '../verdict/index.ts';
import { type CommandContext, createContext, runsDirOf } from './command.ts';
import { conductExperiment, type LoadOptions, prepareGenerator } from './experiment.ts';
import { withLoadOptions } from './load.ts';
import { bringUp, isUp, prepareLocalTarget } from './platform.ts';
import { takeTurn } from './turn.ts';

type StormOptions = LoadOptions & { readonly keep?: boolean; readonly sabotage?: string };

/** `stormproof storm`: the main job. Up, load, faults, drain, audit, verdict, down. */
export function registerStorm(program: Command): void {
  withLoadOptions(
    program.command('storm').description('start the platform, break it under load, and prove what happened'),
    { rate: 1_000, seconds: 60 },
  )
    .option('--keep', 'leave the platform running')
    .addOption(
      new Option(
        '--sabotage <part>',
        'run with a deliberately wrong part, which the audit must catch',
      ).choices(Object.keys(sabotages)),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof storm
  $ stormproof storm --rate 3000 --for 120
  $ stormproof storm --client k6 --keep
  $ stormproof storm --sabotage random-charge-key    see the audit catch it (exit code 10)

A platform that runs already is used, and left running.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (options: StormOptions) => {
      const context = createContext(options);
      const wrong = options.sabotage === undefined ? undefined : sabotages[options.sabotage];
      const overrides = wrong === undefined ? {} : { [wrong.service]: wrong.main };
      const target = await prepareLocalTarget({ ...options, chaos: true, overrides }, context);
      const generator = await prepareGenerator(options.client, context);
      await takeTurn(options, () => runStorm({ target, generator, options, context }));
    });
}

async function runStorm(run: {
  readonly target: LocalTarget;
  readonly generator: LoadGenerator;
  readonly options: StormOptions;
  readonly context: CommandContext;
}): Promise<void> {
  const { target, options, context } = run;
  const { terminal } = context;
  const { phase } = await target.status();
  const wasUp = await isUp(target);
  terminal.say(wasUp ? 'using the platform that runs' : 'starting the platform');
  await bringUp(target, options, context);
  let report: RunReport | undefined;
  try {
    const experiment = planExperiment(storm, {
      load: { rate: options.rate, durationSeconds: options.for },
    });
    report = await conductExperiment({ ...run, experiment });
  } finally {
    if (options.keep !== true && !wasUp) {
      terminal.status('stopping the platform');
      // What this storm made for itself goes with it, but for what may explain a bad verdict; data that was there
      // before stays.
      const deleteData = phase === 'absent';
      if (deleteData && report !== undefined && report.decision.verdict !== 'PASS') {
        await keepLogs(run, report);
      }
      await target.down({ deleteData });
    }
  }
}

/** Copies the logs of the platform into the directory of a run. */
async function keepLogs(
  { target, options, context }: Pick<Parameters<typeof runStorm>[0], 'target' | 'options' | 'context'>,
  { runId }: RunReport,
): Promise<void> {
  const kept = join(runsDirOf(options), runId, 'logs');
  try {
    await cp(target.logsDir, kept, { recursive: true });
    context.terminal.say(`the logs of the platform are in ${kept}`);
  } catch (error) {
    context.terminal.warn(`the logs of the platform could not be kept: ${(error as Error).message}`);
  }
}
