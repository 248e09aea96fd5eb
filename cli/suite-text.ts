import type { Verdict } from '../verdict/index.ts';
import { wrapText } from '../verdict/report/table.ts';
import type { Terminal } from './terminal.ts';

type Colors = Terminal['colors'];

/** What became of one experiment of a suite. */
export type SuiteRow = {
  readonly name: string;
  readonly verdict: Verdict;
  /** Absent when it could not be conducted. */
  readonly runId?: string;
  readonly seconds: number;
  /** Why the verdict is no PASS, the weightiest first. */
  readonly reasons: readonly string[];
};

/** An experiment that the platform cannot run, and why. */
export type SuiteGap = { readonly name: string; readonly why: string };

/** A suite that has come to its end, or was interrupted. */
export type SuiteResult = {
  readonly name: string;
  /** That of the worst experiment, at best ABORTED when some were left out; INCONCLUSIVE when none could run. */
  readonly verdict: Verdict;
  readonly rows: readonly SuiteRow[];
  /** What could not be run here decides nothing, and is told. */
  readonly gaps: readonly SuiteGap[];
  /** Experiments that were left out because the suite was interrupted. */
  readonly left: number;
};

const columns = 100;

/** A line for an experiment that has ended; where it did not pass, why. */
export function renderSuiteRow(row: SuiteRow | SuiteGap, colors: Colors): string {
  if ('why' in row)
    return [`${'not run'.padEnd(14)}${row.name}`, ...wrapText(row.why, columns, 14)].join('\n');
  const verdict = row.verdict.padEnd(14);
  const line = `${row.name.padEnd(30)}${`${row.seconds} s`.padStart(6)}  ${row.runId ?? ''}`.trimEnd();
  if (row.verdict === 'PASS') return `${colors.green(verdict)}${line}`;
  return [
    `${colors.red(verdict)}${line}`,
    ...row.reasons.flatMap((reason) => wrapText(reason, columns, 14)),
  ].join('\n');
}

/** `PASS: full, 44 of 44 experiments passed in 21 min 4 s`, and what was not looked at. */
export function renderSuiteEnd({ name, verdict, rows, gaps, left }: SuiteResult, colors: Colors): string {
  const passed = rows.filter((row) => row.verdict === 'PASS').length;
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  const time = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const text = [
    `${name}, ${passed} of ${rows.length} experiments passed in ${time}`,
    ...(gaps.length === 0 ? [] : [`${gaps.length} cannot run here`]),
    ...(left === 0 ? [] : [`${left} left out`]),
  ].join('; ');
  const paint = verdict === 'PASS' ? colors.green : colors.red;
  return `\n${paint(colors.bold(verdict))}: ${text}`;
}
