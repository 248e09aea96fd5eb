import { type Command, Option } from 'commander';
import { load, planExperiment } from '../chaos/index.ts';
import { refuseRealOrders } from './cluster-run.ts';
import { createContext, wholeNumber, withTargetOptions } from './command.ts';
import { addCompare } from './compare.ts';
import { conductExperiment, type LoadOptions, prepareGenerators } from './experiment.ts';
import { attachRunning } from './platform.ts';

/**
 * Adds the options that say how much load, for how long, from which client.
 *
 * @param defaults left out where an experiment says how much
 */
export function withLoadOptions(
  command: Command,
  defaults?: { readonly rate: number; readonly seconds: number },
) {
  return withTargetOptions(command)
    .option('--rate <orders>', 'orders per second', wholeNumber(1, 100_000), defaults?.rate)
    .option('--for <seconds>', 'how long, in seconds', wholeNumber(1, 86_400), defaults?.seconds)
    .addOption(
      new Option(
        '--client <client>',
        'who sends: the recorder keeps every answer to every order (default: what the experiment says, else recorder)',
      ).choices(['recorder', 'k6']),
    )
    .option('--seed <number>', 'replays the random draws of an earlier run', wholeNumber(0, 2 ** 31));
}

/** `stormproof load`: orders for a platform that runs, and what became of them. */
export function registerLoad(program: Command): void {
  const command = program.command('load').description('send orders to the running platform, then audit them');
  addCompare(command);
  withLoadOptions(command, { rate: 1_000, seconds: 30 })
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof load --rate 2000 --for 60
  $ stormproof load --client k6
  $ stormproof load --target kubernetes --namespace shop
  $ stormproof load --json | jq '.load.latency.overall.final'`,
    )
    .action(async (options: LoadOptions) => {
      const context = createContext(options);
      const target = await attachRunning(options, context.signal);
      refuseRealOrders(target);
      const experiment = planExperiment(load, {
        load: { rate: options.rate, durationSeconds: options.for },
      });
      await conductExperiment({
        experiment,
        target,
        generatorOf: await prepareGenerators([experiment], options.client, context),
        options,
        context,
      });
    });
}
