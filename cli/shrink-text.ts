import type { ShrinkResult, ShrinkTry } from '../chaos/index.ts';
import { wrapText } from '../verdict/report/table.ts';
import { renderRequest, renderSteps } from './chaos-text.ts';
import type { Terminal } from './terminal.ts';

type Colors = Terminal['colors'];

const columns = 100;

/** A line for one run: whether it failed as the whole did, and with which faults. */
export function renderShrinkTry({ faults, decision, isFailure }: ShrinkTry, colors: Colors): string {
  const what = faults.length === 0 ? 'no fault at all' : faults.map(renderRequest).join('; ');
  const verdict = decision.verdict.padEnd(14);
  const [first = '', ...more] = wrapText(what, columns, 14);
  return [`${isFailure ? colors.red(verdict) : verdict}${first.trimStart()}`, ...more].join('\n');
}

/** The steps that are left, and why they fail. */
export function renderShrinkResult(
  { experiment, code, isMinimal }: Extract<ShrinkResult, { isReproduced: true }>,
  colors: Colors,
): string {
  const count = experiment.steps.reduce((sum, { faults }) => sum + faults.length, 0);
  const needed =
    count === 0
      ? 'it fails without any fault'
      : `it takes ${count} ${count === 1 ? 'fault' : 'faults'} to fail${isMinimal ? '' : ', or fewer: not all of them were shown to be needed'}`;
  return [`\n${colors.red(colors.bold(code))}: ${needed}`, ...renderSteps(experiment)].join('\n');
}
