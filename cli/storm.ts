import type { Command } from 'commander';
import { planExperiment, storm } from '../chaos/index.ts';
import { sabotageOf, sabotageOption } from './chaos-run.ts';
import { createContext, proxiedEdgesOption } from './command.ts';
import { type ConductOptions, withConduct } from './conduct.ts';
import type { LoadOptions } from './experiment.ts';
import { withLoadOptions } from './load.ts';

type StormOptions = LoadOptions & Omit<ConductOptions, 'sabotage'> & { readonly sabotage?: string };

/** `stormproof storm`: the main job. Up, load, faults, drain, audit, verdict, down. */
export function registerStorm(program: Command): void {
  withLoadOptions(
    program.command('storm').description('start the platform, break it under load, and prove what happened'),
    { rate: 1_000, seconds: 60 },
  )
    .option('--keep', 'leave the platform running')
    .addOption(proxiedEdgesOption())
    .addOption(sabotageOption())
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof storm
  $ stormproof storm --rate 3000 --for 120
  $ stormproof storm --rate 10000 --proxied-edges payment-psp    only what the storm disturbs
  $ stormproof storm --client k6 --keep
  $ stormproof storm --target kubernetes --rate 300    the platform that \`pulumi up\` made
  $ stormproof storm --sabotage random-charge-key    see the audit catch it (exit code 10)

A platform that runs already is used, and left running.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (options: StormOptions) => {
      const context = createContext(options);
      const experiment = planExperiment(storm, {
        load: { rate: options.rate, durationSeconds: options.for },
      });
      await withConduct([experiment], { ...options, sabotage: sabotageOf(options) }, context, (conduct) =>
        conduct(experiment),
      );
    });
}
