import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Experiment } from '../chaos/core/experiment.ts';
import { journalFile } from '../chaos/core/leftovers.ts';
import { runExperiment } from '../chaos/core/run.ts';
import { faultKinds } from '../chaos/faults/index.ts';
import type { Target } from '../targets/target.ts';
import { exitCodes, openJournal, type RunReport, renderJson, renderTerminal } from '../verdict/index.ts';
import { type CommandContext, newRunId, type PlatformOptions, runsDirOf } from './command.ts';
import { UsageError } from './failure.ts';
import { k6Generator, recorderGenerator } from './generators.ts';
import { findTools } from './platform.ts';

/** What `storm` and `load` have in common. */
export type LoadOptions = PlatformOptions & {
  readonly rate: number;
  readonly for: number;
  readonly client: string;
  readonly seed?: number;
};

/**
 * Runs an experiment on a platform that is up, leaves journal, history and report in the run's directory, shows the
 * report, and sets the exit code of its verdict.
 */
export async function conductExperiment(
  experiment: Experiment,
  target: Target,
  options: LoadOptions,
  context: CommandContext,
): Promise<RunReport> {
  const { terminal, signal } = context;
  const generator =
    options.client === 'k6' ? k6Generator((await findTools(['k6'], context)).k6) : recorderGenerator;
  const runId = newRunId(experiment.name, new Date(), Math.random());
  const directory = join(runsDirOf(options), runId);
  await mkdir(directory, { recursive: true });
  const journal = await openJournal(join(directory, journalFile), {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  try {
    terminal.say(`run ${runId}: ${experiment.hypothesis}`);
    const report = await runExperiment({
      experiment,
      target,
      kinds: faultKinds,
      generator,
      journal,
      runId,
      seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
      directory,
      signal,
      cores: availableParallelism(),
      nowMs: Date.now,
      onPhase: (name) => terminal.say(`  ${name}`),
      onStatus: terminal.status,
    });
    await showReport(report, directory, context);
    return report;
  } finally {
    await journal.close();
  }
}

/** Writes the report beside the run's other files, prints it, and sets the exit code. */
export async function showReport(
  report: RunReport,
  directory: string,
  { terminal }: Pick<CommandContext, 'terminal'>,
): Promise<void> {
  const json = renderJson(report);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'report.json'), json);
  terminal.print(renderTerminal(report, terminal.colors));
  if (terminal.isJson) process.stdout.write(json);
  process.exitCode = exitCodes[report.decision.verdict];
}

/** @throws UsageError when the client is none of the two */
export function checkClient(client: string): void {
  if (client !== 'recorder' && client !== 'k6') {
    throw new UsageError(`--client: found ${JSON.stringify(client)}, expected recorder or k6`);
  }
}
