import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment, LoadGenerator } from '../chaos/index.ts';
import type { LocalTarget } from '../targets/local/index.ts';
import { type CommandContext, type PlatformOptions, runsDirOf } from './command.ts';
import { type Conduct, conductExperiment, type Display } from './experiment.ts';
import { bringUp, isUp } from './platform.ts';

/** Where and with what experiments run. */
type PlatformRun = {
  readonly target: LocalTarget;
  readonly generatorOf: (experiment: Experiment) => LoadGenerator;
  readonly options: PlatformOptions & { readonly seed?: number; readonly keep?: boolean };
  readonly context: CommandContext;
  readonly display?: Display | undefined;
};

/**
 * Gives `body` what runs experiments on the platform of a state directory. One that runs already is used and left running;
 * another is brought up, and taken down in the end unless it is to be kept. The caller has the turn (turn.ts).
 */
export async function conductOnOwnPlatform<T>(
  run: PlatformRun,
  body: (conduct: Conduct, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { target, options, context } = run;
  const { terminal } = context;
  const { phase } = await target.status();
  const wasUp = await isUp(target);
  const isTakenDown = options.keep !== true && !wasUp;
  // What this run made for itself goes with it; data that was there before stays.
  const deleteData = phase === 'absent';
  terminal.say(wasUp ? 'using the platform that runs' : 'starting the platform');
  await bringUp(target, options, context);
  let lastBad: string | undefined;
  try {
    return await body(async (experiment) => {
      const report = await conductExperiment({ ...run, experiment });
      if (report.decision.verdict !== 'PASS') lastBad = report.runId;
      return report;
    }, context.signal);
  } finally {
    if (isTakenDown) {
      // What may explain a bad verdict outlives the data: once, since logs tell of all runs.
      if (deleteData && lastBad !== undefined) await keepLogs(run, lastBad);
      terminal.status('stopping the platform');
      await target.down({ deleteData });
    }
  }
}

/** Copies the logs of the platform into the directory of a run. */
async function keepLogs({ target, options, context }: PlatformRun, runId: string): Promise<void> {
  const kept = join(runsDirOf(options), runId, 'logs');
  try {
    await cp(target.logsDir, kept, { recursive: true });
    context.terminal.say(`the logs of the platform are in ${kept}`);
  } catch (error) {
    context.terminal.warn(`the logs of the platform could not be kept: ${(error as Error).message}`);
  }
}
