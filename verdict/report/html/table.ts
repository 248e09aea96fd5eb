import { html, type Markup } from '../../../observability/page/render/markup.ts';

/** Cells of a row. */
export type Cells = readonly (string | Markup)[];

/** A table that scrolls sideways where the page is narrower; columns of figures are aligned to the right. */
export function table(head: Cells, rows: readonly Cells[], isFigure: (column: number) => boolean): Markup {
  const row = (cells: Cells, tag: 'th' | 'td') =>
    cells.map((cell, column) => {
      const className = isFigure(column) ? 'n' : '';
      return tag === 'th'
        ? html`<th class="${className}">${cell}</th>`
        : html`<td class="${className}">${cell}</td>`;
    });
  return html`<div class="scroll"><table><thead><tr>${row(head, 'th')}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${row(cells, 'td')}</tr>`,
  )}</tbody></table></div>`;
}
