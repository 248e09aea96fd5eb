/**
 * Lays rows out in columns, two spaces apart, without trailing spaces. A last cell that would go past `width` is wrapped
 * below itself.
 *
 * @param aligns one letter a column: `l` left, `r` right
 * @param indent spaces before each row
 */
export function renderTable(
  rows: readonly (readonly string[])[],
  aligns: string,
  indent: number,
  width: number,
): readonly string[] {
  const widths = [...aligns].map((_, column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const before = indent + widths.slice(0, -1).reduce((sum, cellWidth) => sum + cellWidth + 2, 0);
  return rows.flatMap((row) => {
    const cells = row.map((cell, column) => {
      const cellWidth = widths[column] ?? 0;
      return aligns[column] === 'r' ? cell.padStart(cellWidth) : cell.padEnd(cellWidth);
    });
    const line = `${' '.repeat(indent)}${cells.join('  ')}`.trimEnd();
    if (line.length <= width) return [line];
    const [first, ...rest] = wrapText(row.at(-1) ?? '', width, before);
    return [line.slice(0, before) + (first ?? '').trimStart(), ...rest];
  });
}

/**
 * Breaks text between words so that no line is wider than `width` (a longer word stays whole).
 *
 * @param indent spaces before the first line
 * @param hanging spaces before each further line
 */
export function wrapText(text: string, width: number, indent: number, hanging = indent): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const margin = lines.length === 0 ? indent : hanging;
    if (line !== '' && margin + line.length + 1 + word.length > width) {
      lines.push(' '.repeat(margin) + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(' '.repeat(lines.length === 0 ? indent : hanging) + line);
  return lines;
}

/** `1,234,567`: whole numbers with thousands apart. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A duration to three digits or so, in the unit that suits it: `0 s`, `850 µs`, `12.3 ms`, `4.56 s`, `3 min 20 s`. */
export function formatDuration(microseconds: number): string {
  if (microseconds === 0) return '0 s';
  if (microseconds < 1_000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 999_500) return `${short(microseconds / 1_000)} ms`;
  const seconds = microseconds / 1_000_000;
  if (seconds < 120) return `${short(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
