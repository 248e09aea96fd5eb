import { html, type Markup, nothing } from '../../../observability/page/render/markup.ts';
import type { ReportSeries, RunReport } from '../model.ts';
import { formatCount, formatDuration } from '../table.ts';
import type { Plots } from './plots.ts';
import { table } from './table.ts';

/**
 * The frames that draw.js fills, hidden until it does, and the same figures as tables, for whoever has no JavaScript or no
 * eyes for plots.
 */
export function overTimeSection(report: RunReport, { plots, phases }: Plots): Markup {
  if (plots.length === 0) return nothing;
  const frames = plots.map(
    ({ title }) =>
      html`<figure tabindex="0" aria-label="${title}"><figcaption>${title}</figcaption><div class="plot"></div></figure>`,
  );
  return html`<h2>Over time</h2>
<div class="plots" hidden>
<p class="key soft">${phases === undefined ? nothing : html`<span><i style="--swatch:var(--soft)"></i>every other phase of the load</span>`}<span><i style="--swatch:var(--fault)"></i>a fault holds</span><span><i style="--swatch:var(--warn)"></i>until it was as before</span>
<span>seconds after the run began; drag to zoom, Escape shows all, arrow keys move the cursor</span></p>
${frames}
</div>
<noscript><p class="soft">The plots need JavaScript; their figures are in the tables.</p></noscript>
${sampledTable(report.series ?? [])}${sliceTable(report)}`;
}

function sampledTable(series: readonly ReportSeries[]): Markup {
  const rows = series.flatMap(({ name, subject, unit, points }) => {
    const last = points.at(-1);
    if (last === undefined) return [];
    const values = points.map(({ value }) => value);
    const figures = [Math.min(...values), Math.max(...values), last.value];
    return [[`${name} of ${subject}`, ...figures.map(formatCount), unit]];
  });
  if (rows.length === 0) return nothing;
  return html`<details><summary>What was sampled</summary>${table(['', 'lowest', 'highest', 'in the end', ''], rows, (column) => column > 0 && column < 4)}</details>
`;
}

function sliceTable({ startedAtMs, load }: RunReport): Markup {
  const timeline = load?.latency.timeline;
  if (load === undefined || timeline === undefined) return nothing;
  const offsetUs = (load.manifest.startedAtMs - startedAtMs) * 1_000;
  const rows = timeline.slices.map(({ fromUs, orders, accepted, failedAnswers, final }) => [
    `+${formatDuration(offsetUs + fromUs)}`,
    ...[orders, accepted, failedAnswers].map(formatCount),
    ...(final === undefined ? ['-', '-', '-'] : [final.p50Us, final.p90Us, final.p99Us].map(formatDuration)),
  ]);
  const head = ['', 'to be sent', 'accepted', 'other answers', 'p50', 'p90', 'p99'];
  return html`<details><summary>Orders and latency in slices of ${formatDuration(timeline.sliceUs)}</summary>${table(head, rows, (column) => column > 0)}</details>
`;
}
