import { type Coverage, type CoverageCell, type Outcome, outcomes } from '../chaos/index.ts';
import { renderTable, wrapText } from '../verdict/report/table.ts';
import type { Terminal } from './terminal.ts';

const columns = 100;

/** A row of faults is wider than a report: a fault has three columns of a character. */
const matrixColumns = 160;

type State = Outcome | 'never tried' | 'no experiment';

const symbols: Readonly<Record<State, string>> = {
  'proven safe': '●',
  violated: '✗',
  inconclusive: '?',
  'never tried': '○',
  'no experiment': '·',
};

/** The matrix, how often which state is in it, and for each cell that was tried the run that says so: the worst first. */
export function renderCoverage({ faults, rows }: Coverage, colors: Terminal['colors']): string {
  const table = rows.map(({ subject, cells }) => [
    subject,
    ...cells.map((cell) => {
      const state = stateOf(cell);
      return state === undefined ? '' : symbols[state];
    }),
  ]);
  const heads = faults.map((_, at) => String(at + 1));
  const states = rows.flatMap(({ cells }) => cells.map(stateOf)).filter((state) => state !== undefined);
  const legend = Object.entries(symbols).map(([state, symbol]) => {
    return `${symbol} ${state}: ${states.filter((one) => one === state).length}`;
  });
  const tried = outcomes.flatMap((outcome) => runsOf(outcome, faults, rows));
  const lines = renderTable(tried, 'llll', 0, columns);
  return [
    ...renderTable([['', ...heads], ...table], `l${'r'.repeat(faults.length)}`, 0, matrixColumns),
    '',
    ...wrapText(`${faults.map((fault, at) => `${at + 1} ${fault}`).join(', ')}.`, columns, 0),
    ...wrapText(`${legend.join(', ')}; blank: it cannot act there.`, columns, 0),
    ...(lines.length === 0 ? [] : ['', ...lines]).map((line) =>
      line.startsWith('violated') ? colors.red(line) : line,
    ),
  ].join('\n');
}

/** Undefined where the fault can do nothing. A run that shows it could is believed. */
function stateOf({ isApplicable, experiments, runs }: CoverageCell): State | undefined {
  const [decisive] = runs;
  if (decisive !== undefined) return decisive.outcome;
  if (experiments.length > 0) return 'never tried';
  return isApplicable ? 'no experiment' : undefined;
}

function runsOf(
  outcome: Outcome,
  faults: Coverage['faults'],
  rows: Coverage['rows'],
): readonly (readonly string[])[] {
  return rows.flatMap(({ subject, cells }) =>
    cells.flatMap(({ runs: [decisive] }, at) =>
      decisive?.outcome === outcome ? [[outcome, subject, faults[at] ?? '', decisive.runId]] : [],
    ),
  );
}
