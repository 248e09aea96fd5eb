import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CoverageRun, coverageOf, experiments, faultKinds } from '../chaos/index.ts';
import { platform } from '../topology/index.ts';
import { parseReport, ReportError } from '../verdict/index.ts';
import { createCommandTerminal, type PlatformOptions, runsDirOf, withPlatformOptions } from './command.ts';
import { renderCoverage } from './coverage-text.ts';
import type { Terminal } from './terminal.ts';

/** `stormproof chaos coverage`: what was tried on each edge and service, what came of it, and what never was. */
export function addCoverage(chaos: Command): void {
  withPlatformOptions(
    chaos.command('coverage').description('edges and services × faults: proven safe, violated, never tried'),
  )
    .option('--runs <dir>', 'where the runs are; default: those of --dir')
    .addHelpText(
      'after',
      `
The newest run that broke something by a fault, and was not inconclusive, says how it is. Runs with
--sabotage or --lazy-fsync say nothing about the platform as it is delivered, and are left out.

Examples:
  $ stormproof chaos coverage
  $ stormproof chaos coverage --json | jq '.rows[] | select(.subject == "payment-psp")'`,
    )
    .action(async (options: PlatformOptions & { readonly runs?: string }) => {
      const terminal = createCommandTerminal(options);
      const runs = await readRuns(
        options.runs === undefined ? runsDirOf(options) : resolve(options.runs),
        terminal,
      );
      const coverage = coverageOf(platform, faultKinds, experiments, runs);
      terminal.print(renderCoverage(coverage, terminal.colors));
      terminal.printJson(coverage);
    });
}

/** What the reports of a directory say of faults. One that cannot be read is told, and left out. */
async function readRuns(runsDir: string, terminal: Terminal): Promise<readonly CoverageRun[]> {
  const runs: CoverageRun[] = [];
  for (const directory of await readdirOrNothing(runsDir)) {
    const file = join(runsDir, directory, 'report.json');
    try {
      const {
        runId,
        kind,
        startedAtMs,
        decision,
        faults,
        deviations = [],
      } = parseReport(await readFile(file, 'utf8'), file);
      runs.push({ runId, kind, startedAtMs, decision, faults, deviations });
    } catch (error) {
      // A run that is under way, or was killed, has no report.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      if (!(error instanceof ReportError)) throw error;
      terminal.warn(`left out: ${error.message}`);
    }
  }
  return runs;
}

/** Its directories; none where nothing was run yet. */
async function readdirOrNothing(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
