import type { LatencySummary } from '../../latency.ts';
import type { Finding, LedgerResult } from '../../ledger/index.ts';
import type { Percentiles } from '../../percentiles.ts';
import { ledgerRows } from '../ledger-rows.ts';
import type { ReportFault, ReportLoad, RunReport } from '../model.ts';
import { formatCount, formatDuration } from '../table.ts';
import { html, type Markup, nothing } from './markup.ts';

/** Cells of a row; those after the first `texts` are figures, aligned to the right. */
type Cells = readonly (string | Markup)[];

function table(head: Cells, rows: readonly Cells[], isFigure: (column: number) => boolean): Markup {
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

export function phasesSection({ phases, startedAtMs }: RunReport): Markup {
  if (phases.length === 0) return nothing;
  const rows = phases.map(({ name, startedAtMs: from, endedAtMs: to, remark }) => [
    name,
    `+${formatDuration((from - startedAtMs) * 1_000)}`,
    formatDuration((to - from) * 1_000),
    remark,
  ]);
  return html`<h2>Phases</h2>${table(['', 'began', 'took', ''], rows, (column) => column === 1 || column === 2)}`;
}

export function faultsSection({ faults, residue, startedAtMs }: RunReport): Markup {
  if (faults.length === 0) return nothing;
  return html`<h2>What acted</h2>${faults.map((fault) => faultCard(fault, startedAtMs))}${residueCard(residue)}`;
}

function faultCard(fault: ReportFault, startedAtMs: number): Markup {
  const { name, target, injectedAtMs, healedAtMs, isProven, proof, measurements } = fault;
  const healed =
    healedAtMs === undefined
      ? html`<span class="bad">never healed</span>`
      : html`for ${formatDuration((healedAtMs - injectedAtMs) * 1_000)}`;
  const figures = Object.entries(measurements).map(
    ([key, value]) => html` <code>${key} ${formatCount(value)}</code>`,
  );
  return html`<div class="card"><p><strong>${name}</strong> on ${target}, at +${formatDuration((injectedAtMs - startedAtMs) * 1_000)} ${healed}</p>
<p>${isProven ? html`<span class="good">proven</span>` : html`<span class="warn">not proven</span>`}: ${proof}${figures}</p></div>`;
}

function residueCard(residue: RunReport['residue']): Markup {
  if (residue === undefined) return nothing;
  const found =
    residue.found.length === 0
      ? html`<span class="good">nothing is left</span>`
      : html`<span class="bad">left: ${residue.found.join('; ')}</span>`;
  return html`<div class="card"><p><strong>Afterwards</strong> ${found}</p><p class="soft">looked at ${residue.looked.join(', ')}</p></div>`;
}

export function loadSection(load: ReportLoad | undefined): Markup {
  if (load === undefined) return nothing;
  const { manifest, latency } = load;
  const sent =
    manifest.finished === undefined
      ? 'the generator did not finish'
      : `${formatCount(manifest.finished.attempted)} sent, ${formatCount(manifest.finished.dropped)} dropped`;
  const answers = Object.entries(latency.answers.byStatus).map(
    ([status, count]) => `${status}: ${formatCount(count)}`,
  );
  const head = ['', 'orders', 'p50', 'p90', 'p99', 'p99.9', 'max'];
  return html`<p>${formatCount(manifest.planned)} orders planned, ${formatCount(manifest.rate)} a second for ${manifest.durationSeconds} s by ${manifest.client}; ${sent}.
Answers ${answers.join(', ')}; ${formatCount(latency.answers.retriedOrders)} orders were sent more than once.</p>
${table(head, [...latency.windows, latency.overall].map(latencyRow), (column) => column > 0)}
<p class="soft">From when an order should have been sent to its 201, retries and waits included.</p>`;
}

function latencyRow({ name, final }: LatencySummary): Cells {
  return [name, formatCount(final?.samples ?? 0), ...percentileCells(final)];
}

function percentileCells(percentiles: Percentiles | undefined): readonly string[] {
  if (percentiles === undefined) return ['-', '-', '-', '-', '-'];
  const { p50Us, p90Us, p99Us, p999Us, maxUs } = percentiles;
  return [p50Us, p90Us, p99Us, p999Us, maxUs].map(formatDuration);
}

export function ledgerSection(ledger: LedgerResult | undefined): Markup {
  if (ledger === undefined) return nothing;
  const broken = new Set(ledger.findings.map(({ invariant }) => invariant));
  const held = ledger.checked.filter((name) => !broken.has(name));
  const rows = ledgerRows(ledger.counts).map(({ name, count, remark }) => [name, formatCount(count), remark]);
  return html`<h2>Ledger</h2>${ledger.findings.map(findingCard)}
${table(['orders', '', ''], rows, (column) => column === 1)}
<p><span class="good">hold</span>: ${held.length === 0 ? 'none' : held.join(', ')}</p>
${ledger.notChecked.map(({ invariant, why }) => html`<p><span class="warn">not checked</span>: ${invariant} (${why})</p>`)}
${ledger.gaps.map((gap) => html`<p><span class="warn">gap</span>: ${gap}</p>`)}`;
}

function findingCard({ invariant, count, meaning, isExpected, breaches, samples }: Finding): Markup {
  const kinds = Object.entries(breaches).map(([breach, times]) => `${breach} ${formatCount(times)}`);
  const more =
    count > samples.length ? html`<li>and ${formatCount(count - samples.length)} more</li>` : nothing;
  return html`<div class="card"><p><strong class="${isExpected ? 'warn' : 'bad'}">${invariant}: ${formatCount(count)}${isExpected ? ' (expected)' : ''}</strong></p>
<p>${meaning}</p><p class="soft">by kind: ${kinds.join(', ')}</p>
<ul>${samples.map(({ subject, breach, evidence }) => html`<li><code>${subject}</code> ${breach}<br><small>${evidence}</small></li>`)}${more}</ul></div>`;
}

export function costsSection({ costs, machine }: RunReport): Markup {
  const rows = costs.map(({ process, cpuUsPerOrder }) => [process, `${cpuUsPerOrder.toFixed(1)} µs`]);
  return html`<h2>CPU per accepted order</h2>${rows.length === 0 ? nothing : table(['process', ''], rows, (column) => column === 1)}
<p class="soft">${machine.cores} cores, load average ${machine.loadAverageBefore.toFixed(2)} before, ${machine.loadAverageAfter.toFixed(2)} after</p>`;
}
