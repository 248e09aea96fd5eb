import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ArmName,
  armNames,
  armsOf,
  type BenchResults,
  baselineName,
  busyTurns,
  type LossResult,
  quickArmNames,
  renderBenchTerminal,
  renderMarkdown,
  renderResults,
  renderScaling,
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
    .option('--rate <orders>', 'orders per second of the paced phase of every arm', wholeNumber(1, 100_000))
    .option(
      '--target-rate <orders>',
      'of a second paced phase, of the platform only; default 10000, none with --quick',
      wholeNumber(1, 100_000),
    )
    .option('--seed <number>', 'of the order of arms in each round', wholeNumber(0, 2 ** 31 - 1))
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
    .option(
      '--write [folder]',
      'write performance.md, scaling-out.md and performance.json there; default docs',
    )
    .option('--force', 'write also what is not a whole run on an idle machine')
    .addHelpText(
      'after',
      `
Every arm has its turn in each round, on platforms of its own; an order that is lost or charged twice
leaves its arm without figures. docs/how-to/run-the-benchmark.md says what the figures mean.

Arms:
${wrapText(armNames.join(', '), 100, 2).join('\n')}

Examples:
  $ stormproof bench --quick
  $ stormproof bench --arms baseline,lazy-fsync --rounds 5 --no-losses
  $ stormproof bench --write         some hours; nothing else should run meanwhile
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
  const file = join(directory, 'performance.json');
  const results = await takeTurn(options, async () => {
    await mkdir(directory, { recursive: true });
    return runBench({
      arms: names.map((name) => all[name]),
      delivered: all[baselineName],
      settings: settingsOf(options),
      countsLosses: options.losses ?? options.quick !== true,
      directory,
      // A turn that was measured is not lost to what happens after it.
      save: (soFar) => writeFile(file, renderResults(soFar)),
      platformsDir: join(resolve(options.dir), 'bench', 'platforms'),
      options,
      context,
    });
  });
  await writeFile(file, renderResults(results));
  terminal.print(renderBenchTerminal(results, terminal.colors).trimEnd());
  terminal.printJson(results);
  terminal.say(`the figures are in ${file}`);
  if (results.wasInterrupted) terminal.warn(describeInterruption(results, names));
  else if (options.write !== undefined) {
    const problems = options.force === true ? [] : problemsOfPage(results);
    if (problems.length === 0) await writePage(options.write, results);
    else terminal.warn(`the page was not written (--force does): ${problems.join('; ')}`);
  }
  process.exitCode = exitCodeOf(results);
}

async function writePage(write: true | string, results: BenchResults): Promise<void> {
  const folder = write === true ? join(repositoryRoot, 'docs') : resolve(write);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'performance.json'), renderResults(results));
  await writeFile(join(folder, 'performance.md'), renderMarkdown(results));
  await writeFile(join(folder, 'scaling-out.md'), renderScaling(results));
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

const roundsOfPage = 3;

/** Why a run is none that a page should be made of; empty when it is. Pure. */
export function problemsOfPage(results: BenchResults): readonly string[] {
  const { arms, turns, settings, machine } = results;
  const missing = armNames.filter((name) => !arms.some((arm) => arm.name === name));
  const unmeasured = turns.filter(({ outcome }) => outcome === 'inconclusive');
  const busy = busyTurns(results);
  const isBusyBefore = (machine.loadAverageBefore[0] ?? 0) > machine.cores / 4;
  return [
    ...(missing.length > 0 ? [`arms are missing: ${missing.join(', ')}`] : []),
    ...(settings.rounds < roundsOfPage
      ? [`there were ${settings.rounds} rounds, fewer than ${roundsOfPage}`]
      : []),
    ...(unmeasured.length > 0
      ? [`inconclusive: ${unmeasured.map(({ arm, round }) => `${arm} ${round}`).join(', ')}`]
      : []),
    ...(isBusyBefore ? ['the machine was busy before the first turn'] : []),
    ...(busy.length > 0 ? [`the machine was busy during ${busy.join(', ')}`] : []),
    ...(machine.revision?.endsWith('-dirty') === true ? ['the working copy has changes of its own'] : []),
  ];
}

/**
 * FAIL when the platform broke a promise that the arm had not given up; a peer's promises are its own. INCONCLUSIVE when a
 * turn has no figures, a loss could not be counted, or an arm lost nothing in the experiment that must cost it orders: the
 * fault did not bite then, and that the delivered platform lost nothing to it means nothing. Pure.
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
  const lostNothing = ({ arm, experiment, counts }: LossResult) =>
    arms.some(({ name, mustLoseIn }) => name === arm && mustLoseIn === experiment) && counts?.lost === 0;
  const isOpen =
    turns.some((turn) => turn.outcome !== 'measured') ||
    losses.some((loss) => !['PASS', 'FAIL'].includes(loss.verdict) || lostNothing(loss));
  return isOpen ? exitCodes.INCONCLUSIVE : exitCodes.PASS;
}
