import type { Chart, ChartUnit, History, PageState } from '../model.ts';
import { formatClock, formatCount, formatLast, formatSeconds, formatTimes } from './format.ts';
import { html, Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

const tableRowsMax = 12;

/** Frames that browser/charts.js draws into, and the same figures as tables, for whoever has no script or no eyes for plots. */
export function chartsSection({ history, nowMs, windowSeconds }: PageState): Markup {
  return html`<h2 id="charts-title">Over time, last ${formatLast(windowSeconds)}</h2>
${partOf(history, nowMs, 'charts', (found) => frames(found))}`;
}

function frames(history: History): Markup {
  const faults =
    history.faults.length === 0
      ? nothing
      : html`<p class="soft"><i class="swatch" aria-hidden="true"></i>A fault was injected: ${history.faults.map(({ label, fromSeconds, toSeconds }) => `${label} ${formatClock(fromSeconds * 1_000)}–${formatClock(toSeconds * 1_000)}`).join(', ')} UTC.</p>`;
  return html`<p class="soft">Times are UTC. With the focus on a chart, the arrow keys move the cursor of all of them.</p>
${faults}
<div class="charts">${history.charts.map((chart) => frame(chart, history))}</div>`;
}

function frame(chart: Chart, history: History): Markup {
  const { name, title, description, lines, unit } = chart;
  const isEmpty = lines.every(({ ys }) => ys.every((y) => y === null));
  const id = `chart-${name}`;
  return html`<figure id="${id}" data-chart="${name}"><figcaption><h3 id="${id}-title">${title}</h3><p class="soft">${description}</p></figcaption>
${
  isEmpty
    ? html`<p class="soft empty">Nothing was measured in this time.</p>`
    : html`<div class="plot" data-keep="" tabindex="0" role="group" aria-labelledby="${id}-title"></div>
<details id="${id}-table"><summary>Figures of “${title}” as a table</summary>${figures(chart, history, unit)}</details>`
}</figure>`;
}

function figures({ lines, title, limit }: Chart, { xs }: History, unit: ChartUnit): Markup {
  const write = (y: number | null | undefined) => (y == null ? '–' : formatValue(y, unit));
  const every = Math.ceil(xs.length / tableRowsMax);
  const shown = xs.map((x, at) => ({ x, at })).filter(({ at }) => (xs.length - 1 - at) % every === 0);
  const head = lines.map(({ label }) => html`<th scope="col" class="n">${label}</th>`);
  const rows = shown
    .toReversed()
    .map(
      ({ x, at }) =>
        html`<tr><th scope="row">${formatClock(x * 1_000)}</th>${lines.map(({ ys }) => html`<td class="n">${write(ys[at])}</td>`)}</tr>`,
    );
  const extremes = (['lowest', 'highest'] as const).map((which) => {
    const cells = lines.map(({ ys }) => {
      const known = ys.filter((y) => y !== null);
      const value = known.length === 0 ? null : which === 'lowest' ? Math.min(...known) : Math.max(...known);
      return html`<td class="n">${write(value)}</td>`;
    });
    return html`<tr><th scope="row">${which}</th>${cells}</tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of ${title}"><table><caption class="unseen">${title}${limit === undefined ? '' : `; ${limit.label} ${write(limit.value)}`}</caption><thead><tr><th scope="col">UTC</th>${head}</tr></thead><tbody>${extremes}${rows}</tbody></table></div>`;
}

/** As browser/charts.js writes it. */
function formatValue(value: number, unit: ChartUnit): string {
  if (unit === 's') return formatSeconds(value);
  if (unit === 'times') return formatTimes(value);
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : formatCount(value);
}

/** The figures for the script; text of theirs must not end the element that they stand in. */
export function chartData(history: History | undefined): Markup {
  const data = JSON.stringify(history ?? null).replaceAll('<', '\\u003c');
  return new Markup(`<script type="application/json" id="chart-data">${data}</script>`);
}
