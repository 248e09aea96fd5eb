import type { BenchResults } from '../results.ts';
import type { Document, Section, Table } from './document.ts';
import { reportOf } from './report.ts';

/** docs/performance.md: the whole page. Pure. */
export function renderMarkdown(results: BenchResults): string {
  return renderDocument(
    reportOf(results),
    'Made by `npm run bench -- --write` from [performance.json](performance.json); nothing here is written by hand. How to make it anew: [run the benchmark](how-to/run-the-benchmark.md).',
  );
}

/** @param origin where the page comes from, below its title */
export function renderDocument({ title, sections }: Document, origin: string): string {
  return `${[`# ${title}`, origin, ...sections.flatMap(blocksOf)].join('\n\n')}\n`;
}

function blocksOf({ title, text, table }: Section): readonly string[] {
  return [`## ${title}`, ...text, ...(table === undefined ? [] : [renderRows(table)])];
}

function renderRows({ head, aligns, rows }: Table): string {
  const rule = [...aligns].map((align) => (align === 'r' ? '---:' : '---'));
  return [head, rule, ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

/** A bar would end the cell. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
