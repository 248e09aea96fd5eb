import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { compareReports, parseReport, type RunReport, renderComparison } from '../verdict/index.ts';
import { createCommandTerminal, type PlatformOptions, runsDirOf, withPlatformOptions } from './command.ts';
import { UsageError } from './failure.ts';

/** `stormproof compare`: what changed from one run to another. */
export function registerCompare(program: Command): void {
  addCompare(program);
}

/** Adds the command to a program, or to a command whose runs somebody wants to compare. */
export function addCompare(parent: Command): void {
  withPlatformOptions(parent.command('compare').description('what changed from one run to another'))
    .argument('<first>', 'the id of a run, its directory or its report.json')
    .argument('<second>', 'the run that is compared with it')
    .addHelpText(
      'after',
      `
A difference that any two runs have is called noise, by a rule that is printed with the figures.

Examples:
  $ stormproof compare storm-20261121-093000-1f2e storm-20261122-093000-77aa
  $ stormproof compare before/report.json after/report.json --json | jq '.groups[].figures[]
      | select(.judgement == "worse")'`,
    )
    .action(async (first: string, second: string, _options: PlatformOptions, command: Command) => {
      // Below `load`, which has these options as well, they are its.
      const options = command.optsWithGlobals<PlatformOptions>();
      const terminal = createCommandTerminal(options);
      const runsDir = runsDirOf(options);
      const comparison = compareReports({
        a: await readRun(first, runsDir),
        b: await readRun(second, runsDir),
      });
      terminal.print(renderComparison(comparison, terminal.colors).trimEnd());
      terminal.printJson(comparison);
    });
}

/** @throws UsageError when there is no such run; ReportError when it cannot be read */
async function readRun(name: string, runsDir: string): Promise<RunReport> {
  const isPath = name.includes('/') || name.endsWith('.json');
  const place = isPath ? resolve(name) : join(runsDir, name);
  const file = place.endsWith('.json') ? place : join(place, 'report.json');
  try {
    return parseReport(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new UsageError(`there is no report of ${name}: ${file} does not exist`, { cause });
  }
}
