import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Experiment, experimentFile, faultKinds, parseExperimentFile } from '../chaos/index.ts';
import type { RunReport } from '../verdict/index.ts';
import { type PlatformOptions, runsDirOf } from './command.ts';
import { UsageError } from './failure.ts';

/** What a run left that repeats it. */
export type RecordedRun = {
  readonly experiment: Experiment;
  /** Undefined for a file that is no run's, and for a run that did not live to its report. */
  readonly report: RunReport | undefined;
};

/**
 * Reads what is to be repeated.
 *
 * @param run the id of a run of the state directory, or the path of a file as a run leaves it
 * @throws UsageError when there is none; FaultError when the file makes no sense
 */
export async function readRecordedRun(run: string, options: PlatformOptions): Promise<RecordedRun> {
  const directory = join(runsDirOf(options), run);
  const file = run.endsWith('.json') ? run : join(directory, experimentFile);
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new UsageError(`expected the id of a run, or a file: ${cause.message}`, { cause });
  });
  const report = run.endsWith('.json') ? undefined : await readReport(directory);
  return { experiment: parseExperimentFile(text, file, faultKinds), report };
}

/**
 * A run on a platform that was made wrong on purpose says nothing about the one that is delivered, nor the other way round.
 *
 * @param run as {@link readRecordedRun} took it
 * @throws UsageError when the run had deviations, and no sabotage is given
 */
export function refuseOtherPlatform(
  run: string,
  { report }: RecordedRun,
  sabotage: string | undefined,
): void {
  const { deviations = [] } = report ?? {};
  if (deviations.length === 0 || sabotage !== undefined) return;
  throw new UsageError(
    `${run} was no run of the platform as it is delivered (${deviations.join(', ')}); expected --sabotage, or the path of its ${experimentFile} to do the same on the platform as it is`,
  );
}

/** @returns undefined when the run left none */
export async function readReport(directory: string): Promise<RunReport | undefined> {
  const text = await readFile(join(directory, 'report.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as RunReport);
}
