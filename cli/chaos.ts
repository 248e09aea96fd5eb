import type { Command } from 'commander';
import { experiments, faultKinds, healEverything, planExperiment, suites, sweeps } from '../chaos/index.ts';
import { addCoverage } from './chaos-coverage.ts';
import { addRandom } from './chaos-random.ts';
import { addReplay } from './chaos-replay.ts';
import { addRun, chooseExperiment, type Settings, withSettings } from './chaos-run.ts';
import { addShrink } from './chaos-shrink.ts';
import { renderExperiment, renderExperimentList } from './chaos-text.ts';
import { createCommandTerminal, type PlatformOptions, runsDirOf, withTargetOptions } from './command.ts';
import { attachRunning } from './platform.ts';

/** `stormproof chaos …`: experiments by name, and the way back when something was left broken. */
export function registerChaos(program: Command): void {
  const chaos = program.command('chaos').description('experiments: list, show, run; heal what is broken');
  for (const add of [addList, addShow, addRun, addRandom, addShrink, addReplay, addHeal, addCoverage])
    add(chaos);
}

function addList(chaos: Command): void {
  chaos
    .command('list')
    .description('the experiments and what each is to show, and the suites')
    .option('--json', 'print the result as JSON')
    .action((options: { json?: boolean }) => {
      const terminal = createCommandTerminal(options);
      terminal.print(renderExperimentList(experiments, suites));
      terminal.printJson(experiments.map((plan) => planExperiment(plan)));
    });
}

function addShow(chaos: Command): void {
  withSettings(chaos.command('show').description('hypothesis, parameters, steps, limits of an experiment'))
    .argument('<experiment>', 'a name that `chaos list` shows')
    .option('--json', 'print the result as JSON')
    .action((name: string, options: { json?: boolean; set: Settings }) => {
      const terminal = createCommandTerminal(options);
      const { plan, experiment } = chooseExperiment(name, { settings: options.set });
      terminal.print(renderExperiment(plan, experiment, terminal.colors));
      terminal.printJson({ ...experiment, parameters: plan.parameters });
    });
}

function addHeal(chaos: Command): void {
  withTargetOptions(
    chaos
      .command('heal')
      .description('undo whatever is broken, whoever broke it, and say what was looked at'),
  )
    .addHelpText(
      'after',
      `
Heals what the journals of all runs hold open, removes every disturbance of every proxy, lets paused
instances go on, starts stopped ones, and puts the provider's behaviour and the streams' limits back.
Exit codes: 0 nothing is wrong any more, 1 something is.`,
    )
    .action(async (options: PlatformOptions) => {
      const terminal = createCommandTerminal(options);
      const target = await attachRunning(options);
      terminal.status(`healing the platform (${target.description})`);
      const { healed, problems, looked, wrong } = await healEverything({
        target,
        kinds: faultKinds,
        sweeps,
        runsDir: runsDirOf(options),
      });
      for (const description of healed) terminal.print(`healed  ${description}`);
      terminal.print(`looked at  ${looked.join(', ')}`);
      for (const problem of [...problems, ...wrong]) terminal.print(terminal.colors.red(`wrong  ${problem}`));
      if (problems.length + wrong.length === 0) terminal.print(terminal.colors.green('nothing is wrong'));
      else process.exitCode = 1;
      terminal.printJson({ healed, problems, looked, wrong });
    });
}
