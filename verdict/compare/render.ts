import { formatCount, formatDuration, renderTable, wrapText } from '../report/table.ts';
import type { Palette } from '../report/terminal.ts';
import type { ComparedFigure, Comparison } from './model.ts';

const columns = 100;

/** A comparison for a person at a terminal. Pure; ends in a line feed. */
export function renderComparison(comparison: Comparison, palette: Palette): string {
  const { a, b, caveats, reasons, groups } = comparison;
  const head = [
    `${palette.bold(a.verdict)}  ${a.runId}, ${minute(a.startedAtMs)}`,
    `${palette.bold(b.verdict)}  ${b.runId}, ${minute(b.startedAtMs)}`,
    ...reasons.gone.flatMap((text) => wrapText(`- no more: ${text}`, columns, 2, 4)),
    ...reasons.come.flatMap((text) => wrapText(`- new: ${text}`, columns, 2, 4)).map(palette.red),
    ...caveats.flatMap((caveat) => wrapText(`! ${caveat}`, columns, 2, 4)).map(palette.yellow),
  ];
  const sections = groups.map(({ title, rule, figures }) => {
    const rows = figures.map((figure) => [
      figure.name,
      ...[figure.a, figure.b].map((value) => write(value, figure.unit)),
      ratio(figure),
      figure.judgement,
    ]);
    const table = renderTable(rows, 'lrrrl', 2, columns);
    return [
      palette.bold(title),
      ...table.map((line) => colour(line, palette)),
      ...wrapText(`${rule}.`, columns, 2).map(palette.dim),
    ];
  });
  const judgements = groups.flatMap(({ figures }) => figures.map(({ judgement }) => judgement));
  const count = (wanted: ComparedFigure['judgement']) =>
    judgements.filter((judgement) => judgement === wanted).length;
  const total = `${count('better')} better, ${count('worse')} worse, ${count('changed')} changed, ${count('within noise') + count('equal')} as before, ${count('unknown')} unknown`;
  return `${[head, ...sections, [total]].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** A row by its last word, since a long one takes several lines. */
function colour(line: string, palette: Palette): string {
  if (line.endsWith('worse')) return palette.red(line);
  if (line.endsWith('better')) return palette.green(line);
  return line.endsWith('changed') ? palette.yellow(line) : line;
}

function write(value: number | undefined, unit: ComparedFigure['unit']): string {
  if (value === undefined) return '-';
  if (unit === 'count') return formatCount(value);
  return unit === 'us' ? formatDuration(value) : `${value.toFixed(1)} µs`;
}

/** `×1.25`; empty where there is none. */
function ratio({ a, b }: ComparedFigure): string {
  if (a === undefined || b === undefined || a === 0) return '';
  return `×${(b / a).toFixed(2)}`;
}

const minute = (atMs: number) => `${new Date(atMs).toISOString().replace('T', ' ').slice(0, 16)} UTC`;
