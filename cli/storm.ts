import { type Command, Option } from 'commander';
import { storm } from '../chaos/experiments/storm.ts';
import { sabotages } from '../chaos/sabotage/index.ts';
import { createContext } from './command.ts';
import { checkClient, conductExperiment, type LoadOptions } from './experiment.ts';
import { withLoadOptions } from './load.ts';
import { bringUp, prepareLocalTarget } from './platform.ts';

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
      checkClient(options.client);
      const context = createContext(options);
      const { terminal } = context;
      const wrong = options.sabotage === undefined ? undefined : sabotages[options.sabotage];
      const target = await prepareLocalTarget(
        {
          ...options,
          chaos: true,
          ...(wrong === undefined ? {} : { overrides: { [wrong.service]: wrong.main } }),
        },
        context,
      );
      const { phase } = await target.status();
      terminal.say(phase === 'up' ? 'using the platform that runs' : 'starting the platform');
      await bringUp(target, options, context);
      try {
        const experiment = storm({ rate: options.rate, durationSeconds: options.for });
        await conductExperiment(experiment, target, options, context);
      } finally {
        if (options.keep !== true && phase !== 'up') {
          terminal.status('stopping the platform');
          // What this storm made for itself goes with it; data that was there before stays.
          await target.down({ deleteData: phase === 'absent' });
        }
      }
    });
}
