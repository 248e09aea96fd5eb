import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { randomOf } from '../chaos/index.ts';
import { loadOf, type RunnerOptions, sabotageOf, sabotageOption } from './chaos-run.ts';
import { createContext, runsDirOf } from './command.ts';
import { UsageError } from './failure.ts';
import { withLoadOptions } from './load.ts';
import { renderRandomFigures } from './random-text.ts';
import { readReport } from './recorded-run.ts';
import { runSuite } from './suite.ts';

type RandomOptions = RunnerOptions & { readonly seeds: readonly number[] };

const seedMax = 2 ** 32 - 1;
const seedsMax = 10_000;

/** `stormproof chaos random`: many seeds on one platform, and what came of them. */
export function addRandom(chaos: Command): void {
  withLoadOptions(chaos.command('random').description('break the platform by schedules drawn from seeds'))
    .requiredOption('--seeds <seeds>', 'one (`7`), several (`7,11`) or a range (`1-50`)', parseSeeds)
    .option('--keep', 'leave the platform running')
    .addOption(sabotageOption())
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof chaos random --seeds 1-50
  $ stormproof chaos random --seeds 17          that one again
  $ stormproof chaos shrink --seed 17           which of its faults it takes
  $ stormproof chaos show random --set schedule=17

Every seed leaves its report in its run's directory. Exit code: that of the worst verdict.`,
    )
    .action(async (options: RandomOptions) => {
      refuseOverlap(options.for);
      const context = createContext(options);
      const load = loadOf(options);
      const { rows } = await runSuite({
        name: 'random',
        experiments: options.seeds.map((seed) => randomOf(seed, load)),
        options: { ...options, sabotage: sabotageOf(options) },
        context,
      });
      const reports = await Promise.all(
        rows.flatMap(({ runId }) =>
          runId === undefined ? [] : [readReport(join(runsDirOf(options), runId))],
        ),
      );
      context.terminal.print(renderRandomFigures(reports.filter((report) => report !== undefined)));
    });
}

/**
 * The moments of steps are shares of the load, and what they take is not: in less time than they were drawn for, one would
 * begin before the one before it has ended.
 *
 * @throws UsageError
 */
export function refuseOverlap(durationSeconds: number | undefined): void {
  const drawnForSeconds = randomOf(0).load.durationSeconds;
  if (durationSeconds === undefined || durationSeconds >= drawnForSeconds) return;
  throw new UsageError(
    `--for: found ${durationSeconds}; expected at least ${drawnForSeconds}, which the steps of a schedule are drawn for, since they would overlap in less`,
  );
}

/** @throws InvalidArgumentError for what names no seeds */
export function parseSeeds(text: string): readonly number[] {
  const seeds = text.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === '' || last > seedMax || last < first || last - first >= seedsMax) {
      throw new InvalidArgumentError(`Expected seeds from 0 to ${seedMax}, such as 7 or 7,11 or 1-50.`);
    }
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  return [...new Set(seeds)];
}
