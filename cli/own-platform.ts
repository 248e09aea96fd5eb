import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment, LoadGenerator } from '../chaos/index.ts';
import type { LocalTarget } from '../targets/local/index.ts';
import type { RunReport } from '../verdict/index.ts';
import { type CommandContext, type PlatformOptions, runsDirOf } from './command.ts';
import { conductExperiment } from './experiment.ts';
import { bringUp, isUp } from './platform.ts';

/** An experiment, where and with what it runs. */
export type PlatformRun = {
  readonly experiment: Experiment;
  readonly target: LocalTarget;
  readonly generator: LoadGenerator;
  readonly options: PlatformOptions & { readonly seed?: number; readonly keep?: boolean };
  readonly context: CommandContext;
};

/**
 * Runs an experiment on the platform of a state directory. One that runs already is used and left running; another is
 * brought up, and taken down in the end unless it is to be kept. The caller has the turn (turn.ts).
 */
export async function runOnPlatform(run: PlatformRun): Promise<RunReport> {
  const { target, options, context } = run;
  const { terminal } = context;
  const { phase } = await target.status();
  const wasUp = await isUp(target);
  terminal.say(wasUp ? 'using the platform that runs' : 'starting the platform');
  await bringUp(target, options, context);
  let report: RunReport | undefined;
  try {
    report = await conductExperiment(run);
    return report;
  } finally {
    if (options.keep !== true && !wasUp) {
      terminal.status('stopping the platform');
      // What this run made for itself goes with it, but for what may explain a bad verdict; data that was there before
      // stays.
      const deleteData = phase === 'absent';
      if (deleteData && report !== undefined && report.decision.verdict !== 'PASS') {
        await keepLogs(run, report);
      }
      await target.down({ deleteData });
    }
  }
}

/** Copies the logs of the platform into the directory of a run. */
async function keepLogs({ target, options, context }: PlatformRun, { runId }: RunReport): Promise<void> {
  const kept = join(runsDirOf(options), runId, 'logs');
  try {
    await cp(target.logsDir, kept, { recursive: true });
    context.terminal.say(`the logs of the platform are in ${kept}`);
  } catch (error) {
    context.terminal.warn(`the logs of the platform could not be kept: ${(error as Error).message}`);
  }
}
