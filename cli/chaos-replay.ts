import type { Command } from 'commander';
import { sabotageOf, sabotageOption } from './chaos-run.ts';
import { createContext } from './command.ts';
import { type ConductOptions, withConduct } from './conduct.ts';
import { withLoadOptions } from './load.ts';
import { readRecordedRun } from './recorded-run.ts';

type ReplayOptions = Omit<ConductOptions, 'sabotage'> & {
  readonly rate?: number;
  readonly for?: number;
  readonly sabotage?: string;
};

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
    .action(async (run: string, options: ReplayOptions) => {
      const context = createContext(options);
      const { experiment: recorded } = await readRecordedRun(run, options);
      const { rate = recorded.load.rate, for: durationSeconds = recorded.load.durationSeconds } = options;
      const experiment = { ...recorded, load: { rate, durationSeconds } };
      await withConduct([experiment], { ...options, sabotage: sabotageOf(options) }, context, (conduct) =>
        conduct(experiment),
      );
    });
}
