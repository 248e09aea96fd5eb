import type { Palette } from '../../../verdict/index.ts';
import { renderTable, wrapText } from '../../../verdict/report/table.ts';
import type { BenchResults } from '../results.ts';
import type { Section } from './document.ts';
import { reportOf } from './report.ts';

const textColumns = 100;
/** Tables are wider than prose: a row that is broken cannot be compared with the one below. */
const tableColumns = 220;

/** The results for a person at a terminal. Pure; ends in a line feed. */
export function renderBenchTerminal(results: BenchResults, palette: Pick<Palette, 'bold' | 'dim'>): string {
  const { sections } = reportOf(results);
  return `${sections.map((section) => renderSection(section, palette)).join('\n\n')}\n`;
}

function renderSection({ title, text, table }: Section, palette: Pick<Palette, 'bold' | 'dim'>): string {
  const lines = [
    palette.bold(title),
    ...text.flatMap((part) => wrapText(part, textColumns, 2).map(palette.dim)),
  ];
  if (table !== undefined) {
    lines.push(...renderTable([table.head, ...table.rows], table.aligns, 2, tableColumns));
  }
  return lines.join('\n');
}
