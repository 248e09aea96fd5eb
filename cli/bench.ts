import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ArmName,
  armNames,
  armsOf,
  type BenchResults,
  baselineName,
  quickArmNames,
  renderBenchTerminal,
  renderMarkdown,
  renderResults,
} from '../loadtests/bench/index.ts';
import { platform } from '../topology/index.ts';
import { exitCodes } from '../verdict/index.ts';
import { wrapText } from '../verdict/report/table.ts';
import { runBench } from './bench-run.ts';
import { type BenchOptions, settingsOf } from './bench-settings.ts';
import { createContext, newRunId, wholeNumber, withPlatformOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { repositoryRoot } from './paths.ts';
import { takeTurn } from './turn.ts';

/** `stormproof bench`: capacity and cost of the platform, of its variants and of its peers, side by side. */
export function registerBench(program: Command): void {
  const command = program
    .command('bench')
    .description('measure capacity and cost, of what is delivered and of what could be, side by side');
  withPlatformOptions(command)
    .option('--quick', 'seconds per arm, few arms: shows that everything works; its figures mean little')
    .addOption(armsOption())
    .option('--rounds <count>', 'how often each arm has its turn', wholeNumber(1, 99))
    .option('--rate <orders>', 'orders per second of the paced phase', wholeNumber(1, 100_000))
    .option('--for <seconds>', 'how long the paced phase takes', wholeNumber(1, 86_400))
    .option('--capacity-for <seconds>', 'how long the closed loop takes', wholeNumber(1, 86_400))
    .option('--in-flight <orders>', 'orders in flight in the closed loop', wholeNumber(1, 100_000))
    .option(
      '--capacity-rate <orders>',
      'the most that the closed loop may send per second',
      wholeNumber(1, 1_000_000),
    )
    .option(
      '--losses',
      'also count what each guarantee saves, by breaking the platform; default unless --quick',
    )
    .option('--no-losses', 'measure only')
    .option('--write [folder]', 'write performance.md and performance.json there; default docs')
    .addHelpText(
      'after',
      `
Every arm has its turn in each round, on a platform of its own; an order that is lost or charged twice
leaves its arm without figures. docs/how-to/run-the-benchmark.md says what the figures mean.

Arms:
${wrapText(armNames.join(', '), 100, 2).join('\n')}

Examples:
  $ stormproof bench --quick
  $ stormproof bench --arms baseline,lazy-fsync --rounds 5 --no-losses
  $ stormproof bench --write         an hour or so; nothing else should run meanwhile
  $ stormproof bench --json | jq '.turns[] | select(.arm == "baseline").capacity.ordersPerSecond'`,
    )
    .action(bench);
}

async function bench(options: BenchOptions): Promise<void> {
  if (options.quick === true && options.write !== undefined) {
    throw new UsageError('--write: the figures of a quick run mean little; leave out --quick');
  }
  const context = createContext(options);
  const { terminal } = context;
  const runId = newRunId('bench', new Date(), Math.random());
  const directory = join(resolve(options.dir), 'bench', runId);
  const all = armsOf(platform);
  const names = options.arms ?? (options.quick === true ? quickArmNames : armNames);
  const results = await takeTurn(options, async () => {
    await mkdir(directory, { recursive: true });
    return runBench({
      arms: names.map((name) => all[name]),
      delivered: all[baselineName],
      settings: settingsOf(options),
      countsLosses: options.losses ?? options.quick !== true,
      directory,
      platformsDir: join(resolve(options.dir), 'bench', 'platforms'),
      options,
      context,
    });
  });
  await writeFile(join(directory, 'performance.json'), renderResults(results));
  terminal.print(renderBenchTerminal(results, terminal.colors).trimEnd());
  terminal.printJson(results);
  terminal.say(`the figures are in ${join(directory, 'performance.json')}`);
  if (results.wasInterrupted) terminal.warn(describeInterruption(results, names));
  else if (options.write !== undefined) await writePage(options.write, results);
  process.exitCode = exitCodeOf(results);
}

async function writePage(write: true | string, results: BenchResults): Promise<void> {
  const folder = write === true ? join(repositoryRoot, 'docs') : resolve(write);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'performance.json'), renderResults(results));
  await writeFile(join(folder, 'performance.md'), renderMarkdown(results));
}

function armsOption(): Option {
  return new Option('--arms <names>', 'which arms, with commas between').argParser((text) => {
    const asked = text.split(',');
    const unknown = asked.filter((name) => !armNames.some((known) => known === name));
    if (unknown.length > 0) {
      throw new InvalidArgumentError(
        `Unknown: ${unknown.join(', ')}. Expected some of ${armNames.join(', ')}.`,
      );
    }
    return armNames.filter((name) => asked.includes(name));
  });
}

/** Which arms are complete, and which are not. Pure. */
export function describeInterruption(
  { turns, settings }: Pick<BenchResults, 'turns' | 'settings'>,
  names: readonly ArmName[],
): string {
  const roundsOf = (name: ArmName) => turns.filter(({ arm }) => arm === name).length;
  const complete = names.filter((name) => roundsOf(name) === settings.rounds);
  const begun = names.filter((name) => !complete.includes(name) && roundsOf(name) > 0);
  const parts = [
    `complete: ${complete.join(', ') || 'none'}`,
    ...(begun.length === 0
      ? []
      : [`in part: ${begun.map((name) => `${name} (${roundsOf(name)} of ${settings.rounds})`).join(', ')}`]),
  ];
  return `interrupted; ${parts.join('; ')}`;
}

/**
 * FAIL when the platform broke a promise that the arm had not given up; a peer's promises are its own. INCONCLUSIVE when a
 * turn has no figures. Pure.
 */
export function exitCodeOf({ arms, turns, losses, wasInterrupted }: BenchResults): number {
  const promising = new Set(
    arms.filter(({ kind, lacks }) => kind === 'platform' && lacks === undefined).map(({ name }) => name),
  );
  const isBroken =
    turns.some(({ arm, outcome }) => outcome === 'violated' && promising.has(arm)) ||
    losses.some(({ arm, verdict }) => arm === baselineName && verdict === 'FAIL');
  if (isBroken) return exitCodes.FAIL;
  if (wasInterrupted) return exitCodes.ABORTED;
  return turns.some(({ outcome }) => outcome !== 'measured') ? exitCodes.INCONCLUSIVE : exitCodes.PASS;
}
