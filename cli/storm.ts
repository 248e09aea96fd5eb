import { type Command, Option } from 'commander';
import { planExperiment, sabotages, storm } from '../chaos/index.ts';
import { runOnCluster } from './cluster-run.ts';
import { createContext, proxiedEdgesOption } from './command.ts';
import { type LoadOptions, prepareGenerator } from './experiment.ts';
import { UsageError } from './failure.ts';
import { withLoadOptions } from './load.ts';
import { runOnPlatform } from './own-platform.ts';
import { prepareLocalTarget } from './platform.ts';
import { takeTurn } from './turn.ts';

type StormOptions = LoadOptions & {
  readonly keep?: boolean;
  readonly sabotage?: string;
  readonly proxiedEdges?: string[];
};

/** `stormproof storm`: the main job. Up, load, faults, drain, audit, verdict, down. */
export function registerStorm(program: Command): void {
  withLoadOptions(
    program.command('storm').description('start the platform, break it under load, and prove what happened'),
    { rate: 1_000, seconds: 60 },
  )
    .option('--keep', 'leave the platform running')
    .addOption(proxiedEdgesOption())
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
  $ stormproof storm --rate 10000 --proxied-edges payment-psp    only what the storm disturbs
  $ stormproof storm --client k6 --keep
  $ stormproof storm --target kubernetes --rate 300    the platform that \`pulumi up\` made
  $ stormproof storm --sabotage random-charge-key    see the audit catch it (exit code 10)

A platform that runs already is used, and left running.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (options: StormOptions) => {
      const context = createContext(options);
      if (options.target === 'kubernetes' && options.sabotage !== undefined) {
        throw new UsageError('--sabotage: a cluster runs what its images hold; expected --target local');
      }
      if (options.target === 'kubernetes' && options.proxiedEdges !== undefined) {
        throw new UsageError(
          "--proxied-edges: a stack's configuration says it for a cluster; expected --target local",
        );
      }
      const experiment = planExperiment(storm, {
        load: { rate: options.rate, durationSeconds: options.for },
      });
      const generator = await prepareGenerator(options.client, context);
      if (options.target === 'kubernetes') {
        await runOnCluster({ experiment, generator, options, context });
        return;
      }
      const wrong = options.sabotage === undefined ? undefined : sabotages[options.sabotage];
      const overrides = wrong === undefined ? {} : { [wrong.service]: wrong.main };
      const target = await prepareLocalTarget({ ...options, chaos: true, overrides }, context);
      await takeTurn(options, () => runOnPlatform({ experiment, target, generator, options, context }));
    });
}
