import type { Command } from 'commander';
import type { Experiment } from '../chaos/index.ts';
import type { RunReport } from '../verdict/index.ts';
import { type RunnerOptions, sabotageOf, sabotageOption } from './chaos-run.ts';
import { createContext } from './command.ts';
import { withConduct } from './conduct.ts';
import { withLoadOptions } from './load.ts';
import { resizeLoad } from './load-plan.ts';
import { type RecordedRun, readRecordedRun, refuseOtherPlatform } from './recorded-run.ts';

/** `stormproof chaos replay`: what an earlier run did, once more. */
export function addReplay(chaos: Command): void {
  withLoadOptions(chaos.command('replay').description('do once more what an earlier run did'))
    .argument('<run>', 'the id of a run, or the experiment.json that it, or `chaos shrink`, left')
    .option('--keep', 'leave the platform running')
    .addOption(sabotageOption())
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof chaos replay random-17-20261124-183005-3f9a
  $ stormproof chaos replay .stormproof/random-17.shrunk.json --sabotage early-201

Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (run: string, options: RunnerOptions) => {
      const context = createContext(options);
      const recorded = await readRecordedRun(run, options);
      refuseOtherPlatform(run, recorded, options.sabotage);
      const { experiment, seed } = repetitionOf(recorded, options);
      const conductOptions = { ...options, ...seed, sabotage: sabotageOf(options) };
      await withConduct([experiment], conductOptions, context, (conduct) => conduct(experiment));
    });
}

/** The experiment of a run and, where the run lived to tell it, its seed; but for what the options say. */
export function repetitionOf(
  {
    experiment,
    report,
  }: Pick<RecordedRun, 'experiment'> & {
    readonly report: Pick<RunReport, 'seed'> | undefined;
  },
  options: Pick<RunnerOptions, 'rate' | 'for' | 'seed'>,
): { readonly experiment: Experiment; readonly seed: { readonly seed?: number } } {
  const { seed = report?.seed } = options;
  return {
    experiment: { ...experiment, load: resizeLoad(experiment.load, options) },
    seed: seed === undefined ? {} : { seed },
  };
}
