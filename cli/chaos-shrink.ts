import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  type Experiment,
  randomOf,
  renderExperimentFile,
  type ShrinkResult,
  shrinkExperiment,
} from '../chaos/index.ts';
import { exitCodes, type Reason } from '../verdict/index.ts';
import { sabotageOf, sabotageOption } from './chaos-run.ts';
import {
  type CommandContext,
  createContext,
  type PlatformOptions,
  runDirOf,
  wholeNumber,
  withLocalTargetOnly,
  withPlatformOptions,
} from './command.ts';
import { withConduct } from './conduct.ts';
import { UsageError } from './failure.ts';
import { resizeLoad } from './load-plan.ts';
import { attachOrNothing } from './platform.ts';
import { readRecordedRun, refuseOtherPlatform } from './recorded-run.ts';
import { renderShrinkResult, renderShrinkTry } from './shrink-text.ts';

type ShrinkOptions = PlatformOptions & {
  readonly seed?: number;
  readonly rate?: number;
  readonly sabotage?: string;
  readonly tries: number;
  readonly within: number;
};

/** `stormproof chaos shrink`: the smallest part of a failing schedule that still fails. */
export function addShrink(chaos: Command): void {
  const command = chaos.command('shrink').description('find which faults of a failing run it takes to fail');
  withLocalTargetOnly(withPlatformOptions(command), 'chaos replay')
    .argument('[run]', 'the id of a run that failed, or the experiment.json that it left')
    .option('--seed <number>', 'a seed of `chaos random`, in place of a run', wholeNumber(0, 2 ** 32 - 1))
    .option('--rate <orders>', 'orders per second, in place of its own', wholeNumber(1, 100_000))
    .addOption(sabotageOption())
    .option('--tries <number>', 'how many runs at most', wholeNumber(1, 1_000), 60)
    .option('--within <minutes>', 'after how long no other run is begun', wholeNumber(1, 1_440), 90)
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof chaos shrink random-17-20261124-183005-3f9a
  $ stormproof chaos shrink --seed 17 --sabotage early-201

Every run has a platform of its own, with no data of the one before; what does not fail is tried twice.
The result is left in the state directory, for \`chaos replay\`.
Exit codes: 0 it was shrunk, 11 it did not fail again, 12 interrupted.`,
    )
    .action(async (run: string | undefined, options: ShrinkOptions) => {
      const context = createContext(options);
      const failure = await chooseFailure(run, options);
      if ((await attachOrNothing(runDirOf(options))) !== undefined) {
        throw new UsageError(
          `--dir: ${resolve(options.dir)} has a platform; expected none (\`down --delete-data\`), since every run needs a new one`,
        );
      }
      const { stoppedBy, ...result } = await shrink(failure, options, context);
      await tellResult(result, failure.experiment, options, context);
      if (stoppedBy !== undefined) throw stoppedBy;
    });
}

/** What is to be shrunk; where it was run before, also why it failed, and the seed of its load. */
type Failure = {
  readonly experiment: Experiment;
  readonly reason: Reason | undefined;
  readonly loadSeed: number | undefined;
};

async function chooseFailure(
  run: string | undefined,
  { seed, rate, ...options }: ShrinkOptions,
): Promise<Failure> {
  const atRate = (experiment: Experiment): Experiment => ({
    ...experiment,
    load: resizeLoad(experiment.load, { rate }),
  });
  if ((run === undefined) === (seed === undefined)) {
    throw new UsageError('expected either a run or --seed');
  }
  if (run === undefined) {
    return { experiment: atRate(randomOf(seed ?? 0)), reason: undefined, loadSeed: undefined };
  }
  const recorded = await readRecordedRun(run, options);
  const { experiment, report } = recorded;
  if (report !== undefined && report.decision.verdict !== 'FAIL') {
    throw new UsageError(`${run} ended ${report.decision.verdict}; expected a run that ended FAIL`);
  }
  refuseOtherPlatform(run, recorded, options.sabotage);
  return {
    ...{ experiment: atRate(experiment), reason: report?.decision.reasons[0] },
    loadSeed: report?.seed,
  };
}

async function shrink(
  { experiment, reason, loadSeed }: Failure,
  { seed: _ofTheSchedule, ...options }: ShrinkOptions,
  context: CommandContext,
): Promise<ShrinkResult & { readonly stoppedBy?: unknown }> {
  const { terminal, signal } = context;
  const conductOptions = {
    ...options,
    ...{ client: 'recorder' as const, sabotage: sabotageOf(options) },
    ...(loadSeed === undefined ? {} : { seed: loadSeed }),
  };
  const deadline = performance.now() + options.within * 60_000;
  let tries = 0;
  return shrinkExperiment({
    experiment,
    reason,
    async run(reduced) {
      tries++;
      const report = await withConduct(
        [reduced],
        conductOptions,
        context,
        (conduct) => conduct(reduced),
        // A line for each says enough; its report is in its run's directory.
        () => {},
      );
      return report.decision;
    },
    mayGoOn: () => !signal.aborted && tries < options.tries && performance.now() < deadline,
    onTry: (tried) => terminal.print(renderShrinkTry(tried, terminal.colors)),
  });
}

async function tellResult(
  result: ShrinkResult,
  original: Experiment,
  options: ShrinkOptions,
  { terminal, signal }: CommandContext,
): Promise<void> {
  if (signal.aborted) process.exitCode = exitCodes.ABORTED;
  else if (!result.isReproduced) process.exitCode = exitCodes.INCONCLUSIVE;
  if (!result.isReproduced) {
    terminal.print(`\n${original.name} did not fail again`);
    terminal.printJson(result);
    return;
  }
  const file = join(resolve(options.dir), `${original.name}.shrunk.json`);
  await writeFile(file, renderExperimentFile(result.experiment));
  terminal.print(renderShrinkResult(result, terminal.colors));
  terminal.print(
    `repeat it: stormproof chaos replay ${file}${options.sabotage === undefined ? '' : ` --sabotage ${options.sabotage}`}`,
  );
  terminal.printJson({ ...result, file });
}
