import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Experiment, load, planExperiment } from '../chaos/index.ts';
import { refuseRealOrders } from './cluster-run.ts';
import { createContext, wholeNumber, withTargetOptions } from './command.ts';
import { addCompare } from './compare.ts';
import { conductExperiment, type LoadOptions, prepareGenerators } from './experiment.ts';
import { addK6Operator } from './k6-operator.ts';
import { addLoadList } from './load-list.ts';
import { type LoadChoice, planLoad } from './load-plan.ts';
import { attachRunning } from './platform.ts';

/** Adds the options that say how much load, for how long, from which client; what is not said is as the experiment has it. */
export function withLoadOptions(command: Command) {
  return withTargetOptions(command)
    .option('--rate <orders>', 'orders per second; of a shape the highest', wholeNumber(1, 100_000))
    .option('--for <seconds>', 'how long, in seconds', wholeNumber(1, 86_400))
    .addOption(
      new Option(
        '--client <client>',
        'who sends: the recorder keeps every answer to every order (default: what the experiment says, else recorder)',
      ).choices(['recorder', 'k6']),
    )
    .option(
      '--generators <count>',
      'how many recorders share the orders: processes, with --target kubernetes pods; one history and one verdict',
      wholeNumber(1, 64),
    )
    .option('--no-calibration', 'do not measure first what k6 can deliver on this machine')
    .option('--seed <number>', 'replays the random draws of an earlier run', wholeNumber(0, 2 ** 31));
}

/** Adds what can be said of a load in phases, and of requests that carry several orders. */
export function withShapeOptions(command: Command) {
  return command
    .option('--scale <factor>', 'how many times longer the phases of the shape take: 0.1 for a tenth', factor)
    .option(
      '--orders-per-request <orders>',
      'more than 1: by the batch endpoint, with --client k6 (default: 1)',
      wholeNumber(1, 100),
    );
}

type Options = LoadOptions & LoadChoice;

/** `stormproof load`: orders for a platform that runs, and what became of them. */
export function registerLoad(program: Command): void {
  const command = program.command('load').description('send orders to the running platform, then audit them');
  addCompare(command);
  addLoadList(command);
  addK6Operator(command);
  withShapeOptions(withLoadOptions(command))
    .argument('[shape]', 'how the rate goes, as `load list` shows (default: 1000 orders/s for 30 s)')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof load --rate 2000 --for 60
  $ stormproof load black-friday --rate 500 --scale 0.1    its peak is 500 orders/s, and it takes a tenth of the time
  $ stormproof load black-friday --client k6 --orders-per-request 10
  $ stormproof load breakpoint --rate 10000                which rate still keeps the promises
  $ stormproof load --rate 5000 --generators 2    two recorders, one verdict
  $ stormproof load --target kubernetes --namespace shop
  $ stormproof load --target kubernetes --rate 40000 --generators 8    from inside the cluster
  $ stormproof load --json | jq '.load.latency.overall.final'

With a shape, --rate is its highest rate and --for the time of all its phases.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (shape: string | undefined, options: Options) => {
      const experiment = planLoadRun(shape, options);
      const context = createContext(options);
      const target = await attachRunning(options, context.signal);
      refuseRealOrders(target);
      await conductExperiment({
        experiment,
        target,
        generatorOf: await prepareGenerators([experiment], options, context),
        options,
        context,
      });
    });
}

/** The run of a load: where a phase of it asks for more than the platform takes, orders may be refused there. */
export function planLoadRun(shape: string | undefined, choice: LoadChoice): Experiment {
  return planLoadOf(planLoad(shape, choice, load.load));
}

/** The run of a load that is planned already; see {@link planLoadRun}. */
export function planLoadOf(plan: Experiment['load']): Experiment {
  const experiment = planExperiment(load, { load: plan });
  const { load: planned, tolerance } = experiment;
  if (planned.shape === undefined) return experiment;
  const { name, phases } = planned.shape;
  const excess = phases.filter(({ isJudged }) => !isJudged);
  const unacceptedMax = excess.reduce(
    (sum, { startRate, endRate, durationMs }) =>
      sum + Math.ceil((Math.max(startRate, endRate) * durationMs) / 1_000),
    0,
  );
  return {
    ...experiment,
    name: `load-${name}`,
    hypothesis:
      'every order is settled and charged once, and promises are kept in the phases that are held to them',
    tolerance: { ...tolerance, unacceptedMax },
  };
}

function factor(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0.001 && value <= 1_000)) {
    throw new InvalidArgumentError('Expected a number from 0.001 to 1000.');
  }
  return value;
}
