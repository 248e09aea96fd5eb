import type { BenchResults } from '../results.ts';
import type { Section, Table } from './document.ts';
import { reportOf } from './report.ts';

/** docs/performance.md: the whole page. Pure. */
export function renderMarkdown(results: BenchResults): string {
  const { title, sections } = reportOf(results);
  const blocks = [
    `# ${title}`,
    'Made by `npm run bench -- --write` from [performance.json](performance.json); nothing here is written by hand. How to make it anew: [run the benchmark](how-to/run-the-benchmark.md).',
    ...sections.flatMap(blocksOf),
  ];
  return `${blocks.join('\n\n')}\n`;
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
