import { type Experiment, needsDisks } from '../chaos/index.ts';
import { problemsOfDisks } from '../targets/local/index.ts';
import { TargetError } from '../targets/target.ts';
import { exitCodes, type RunReport, type Verdict, worstOf } from '../verdict/index.ts';
import type { CommandContext } from './command.ts';
import { type ConductOptions, withConduct } from './conduct.ts';
import type { Conduct } from './experiment.ts';
import { explainFailure, InterruptedError } from './failure.ts';
import {
  renderSuiteEnd,
  renderSuiteRow,
  type SuiteGap,
  type SuiteResult,
  type SuiteRow,
} from './suite-text.ts';

/**
 * Runs experiments one after the other on one platform, shows a line for each, and sets the exit code of the worst. No
 * platform is brought up when none of them could run.
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
  const { terminal } = context;
  const ended: Ended[] = [];
  const end = (one: Ended) => {
    ended.push(one);
    terminal.print(renderSuiteRow(one, terminal.colors));
  };
  const possible = experiments.filter((experiment) => {
    const problems = options.target !== 'kubernetes' && needsDisks(experiment) ? problemsOfDisks() : [];
    if (problems.length > 0) end({ name: experiment.name, why: problems.join('; ') });
    return problems.length === 0;
  });
  if (possible.length > 0) {
    await withConduct(
      possible,
      options,
      context,
      (conduct, signal) => runEach(possible, conduct, signal, end),
      // Each report is in its run's directory.
      () => {},
    );
  }
  const result = resultOf(name, experiments, ended);
  terminal.print(renderSuiteEnd(result, terminal.colors));
  terminal.printJson(result);
  process.exitCode = exitCodes[result.verdict];
  return result;
}

/** An experiment that has run, or cannot run here. */
type Ended = SuiteRow | SuiteGap;

/**
 * Conducts experiments one after the other until somebody interrupts. One that cannot be conducted shows nothing, and keeps
 * none of the others from being conducted.
 *
 * @param signal when aborted, none is begun any more
 * @param onEnd is told what became of each as soon as it has ended
 * @throws what the signal is aborted with, unless that is an interruption; what goes wrong while winding up
 */
export async function runEach(
  experiments: readonly Experiment[],
  conduct: Conduct,
  signal: AbortSignal,
  onEnd: (one: Ended) => void,
): Promise<void> {
  for (const experiment of experiments) {
    const startedAt = performance.now();
    try {
      signal.throwIfAborted();
      onEnd(toRow(await conduct(experiment)));
    } catch (error) {
      if (error instanceof InterruptedError) return;
      if (signal.aborted) throw error;
      onEnd(toFailedRow(experiment, error, performance.now() - startedAt));
    }
  }
}

/** What the platform can never do is no verdict on it; anything else that went wrong leaves the experiment open. */
function toFailedRow({ name }: Experiment, error: unknown, tookMs: number): Ended {
  const { text } = explainFailure(error);
  if (error instanceof TargetError && error.code === 'unsupported') return { name, why: text };
  return { name, verdict: 'INCONCLUSIVE', seconds: Math.round(tookMs / 1_000), reasons: [text] };
}

/** An experiment that was left out makes a suite ABORTED, unless another failed; one that none of could run shows nothing. */
export function resultOf(
  name: string,
  experiments: readonly Experiment[],
  ended: readonly Ended[],
): SuiteResult {
  const gaps = ended.filter((one): one is SuiteGap => 'why' in one);
  const rows = ended.filter((one): one is SuiteRow => !('why' in one));
  const left = experiments.length - ended.length;
  const verdicts: readonly Verdict[] = [
    ...rows.map(({ verdict }) => verdict),
    ...(left > 0 ? (['ABORTED'] as const) : []),
  ];
  return { name, rows, gaps, left, verdict: verdicts.length === 0 ? 'INCONCLUSIVE' : worstOf(verdicts) };
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
