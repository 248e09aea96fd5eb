import { type Experiment, needsDisks } from '../chaos/index.ts';
import { problemsOfDisks } from '../targets/local/index.ts';
import { TargetError } from '../targets/target.ts';
import { exitCodes, type RunReport, worstOf } from '../verdict/index.ts';
import type { CommandContext } from './command.ts';
import { type ConductOptions, withConduct } from './conduct.ts';
import type { Conduct } from './experiment.ts';
import {
  renderSuiteEnd,
  renderSuiteRow,
  type SuiteGap,
  type SuiteResult,
  type SuiteRow,
} from './suite-text.ts';

/**
 * Runs experiments one after the other on one platform, shows a line for each, and sets the exit code of the worst.
 *
 * @param suite.name as the closing line says it
 */
export async function runSuite(suite: {
  readonly name: string;
  readonly experiments: readonly Experiment[];
  readonly options: ConductOptions;
  readonly context: CommandContext;
}): Promise<SuiteResult> {
  const { name, experiments, options, context } = suite;
  const { terminal, signal } = context;
  const rows: SuiteRow[] = [];
  const gaps: SuiteGap[] = [];
  const show = (row: SuiteRow | SuiteGap) => terminal.print(renderSuiteRow(row, terminal.colors));
  const possible = experiments.filter((experiment) => {
    const problems = options.target !== 'kubernetes' && needsDisks(experiment) ? problemsOfDisks() : [];
    if (problems.length === 0) return true;
    const gap = { name: experiment.name, why: problems.join('; ') };
    gaps.push(gap);
    show(gap);
    return false;
  });
  await withConduct(
    possible,
    options,
    context,
    async (conduct) => {
      for (const experiment of possible) {
        if (signal.aborted) break;
        const row = await runOne(experiment, conduct);
        if ('why' in row) gaps.push(row);
        else rows.push(row);
        show(row);
      }
    },
    // Each report is in its run's directory.
    () => {},
  );
  const result: SuiteResult = {
    ...{ name, rows, gaps },
    verdict: rows.length === 0 ? 'INCONCLUSIVE' : worstOf(rows.map(({ verdict }) => verdict)),
    left: experiments.length - rows.length - gaps.length,
  };
  terminal.print(renderSuiteEnd(result, terminal.colors));
  terminal.printJson(result);
  process.exitCode = exitCodes[result.verdict];
  return result;
}

async function runOne(experiment: Experiment, conduct: Conduct): Promise<SuiteRow | SuiteGap> {
  try {
    return toRow(await conduct(experiment));
  } catch (error) {
    // What this platform can never do is no verdict on it.
    if (error instanceof TargetError && error.code === 'unsupported') {
      return { name: experiment.name, why: error.message };
    }
    throw error;
  }
}

function toRow({ kind, runId, startedAtMs, endedAtMs, decision }: RunReport): SuiteRow {
  return {
    name: kind,
    verdict: decision.verdict,
    runId,
    seconds: Math.round((endedAtMs - startedAtMs) / 1_000),
    reasons: decision.reasons.map(({ text }) => text),
  };
}
