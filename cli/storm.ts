import type { Command } from 'commander';
import { type Experiment, planExperiment, storm } from '../chaos/index.ts';
import { shapes } from '../loadtests/index.ts';
import { peakRate, phaseWindows, totalMs } from '../verdict/index.ts';
import { sabotageOf, sabotageOption } from './chaos-run.ts';
import { apiKeysOption, createContext, proxiedEdgesOption, replicasOption, tlsOption } from './command.ts';
import { type ConductOptions, withConduct } from './conduct.ts';
import { UsageError } from './failure.ts';
import { withLoadOptions, withShapeOptions } from './load.ts';
import { type LoadChoice, planLoad } from './load-plan.ts';

type StormOptions = Omit<ConductOptions, 'sabotage'> &
  LoadChoice & { readonly sabotage?: string; readonly shape?: string };

/** `stormproof storm`: the main job. Up, load, faults, drain, audit, verdict, down. */
export function registerStorm(program: Command): void {
  withShapeOptions(
    withLoadOptions(
      program
        .command('storm')
        .description('start the platform, break it under load, and prove what happened'),
    ),
  )
    .option(
      '--shape <name>',
      'how the rate goes, as `load list` shows, without overload: it strikes at the peak (default: 1000 orders/s for 60 s)',
    )
    .option('--keep', 'leave the platform running')
    .addOption(proxiedEdgesOption())
    .addOption(replicasOption())
    .addOption(tlsOption())
    .addOption(apiKeysOption())
    .addOption(sabotageOption())
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof storm
  $ stormproof storm --rate 3000 --for 120
  $ stormproof storm --rate 10000 --proxied-edges payment-psp    only what the storm disturbs
  $ stormproof storm --client k6 --keep
  $ stormproof storm --replicas order=2,payment=2
  $ stormproof storm --shape black-friday --rate 3000    broker, payment and provider fail at its peak
  $ stormproof storm --target kubernetes --rate 300    the platform that \`pulumi up\` made
  $ stormproof storm --sabotage random-charge-key    see the audit catch it (exit code 10)

A platform that runs already is used, and left running.
Exit codes: 0 PASS, 10 FAIL, 11 INCONCLUSIVE, 12 ABORTED.`,
    )
    .action(async (options: StormOptions) => {
      const context = createContext(options);
      const experiment = planStorm(options.shape, options);
      await withConduct([experiment], { ...options, sabotage: sabotageOf(options) }, context, (conduct) =>
        conduct(experiment),
      );
    });
}

/**
 * The storm under a load.
 *
 * @throws UsageError when the load asks for more than the platform takes: what it refuses then nobody could tell from what the storm
 *   made it refuse
 */
export function planStorm(shape: string | undefined, choice: LoadChoice): Experiment {
  const load = planLoad(shape, choice, storm.load);
  // The first phase warms up.
  const excess = load.shape?.phases.slice(1).filter(({ isJudged }) => !isJudged) ?? [];
  if (excess.length > 0) {
    const names = excess.map(({ name }) => name).join(', ');
    const fitting = shapes
      .filter(({ phases }) => phases.slice(1).every(({ isJudged }) => isJudged))
      .map(({ name }) => name);
    throw new UsageError(
      `--shape ${shape}: it asks for more than the platform takes (${names}), whose refusals would be taken for the storm's; ` +
        `expected ${fitting.join(', ')}, or \`load ${shape}\``,
    );
  }
  return strikeAtPeak(planExperiment(storm, { load }));
}

/**
 * The steps of an experiment, moved from the whole of a load that has a shape into its longest phase at the highest rate, each
 * as far into it as it was into the whole. Pure.
 */
export function strikeAtPeak(experiment: Experiment): Experiment {
  const { shape } = experiment.load;
  if (shape === undefined) return experiment;
  const highest = peakRate(shape);
  const windows = phaseWindows(shape);
  const [peak] = shape.phases
    .map((phase, at) => ({ ...phase, fromMs: (windows[at]?.fromUs ?? 0) / 1_000 }))
    .filter(({ startRate, endRate }) => Math.max(startRate, endRate) === highest)
    .sort((a, b) => b.startRate + b.endRate - a.startRate - a.endRate || b.durationMs - a.durationMs);
  if (peak === undefined) return experiment;
  const moved = (at: number) => (peak.fromMs + at * peak.durationMs) / totalMs(shape);
  return { ...experiment, steps: experiment.steps.map((step) => ({ ...step, at: moved(step.at) })) };
}
