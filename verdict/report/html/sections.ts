import { html, type Markup, nothing } from '../../../observability/page/render/markup.ts';
import type { LatencySummary } from '../../latency.ts';
import type { Finding, LedgerResult } from '../../ledger/index.ts';
import type { Percentiles } from '../../percentiles.ts';
import { duplicateWords } from '../duplicate-words.ts';
import { ledgerRows } from '../ledger-rows.ts';
import { kneeWords, loadPhaseHead, loadPhaseRows, loadWords } from '../load-phases.ts';
import type { ReportFault, ReportLoad, ReportRecovery, RunReport } from '../model.ts';
import { formatCount, formatDuration } from '../table.ts';
import { type Cells, table } from './table.ts';

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

/** How fast each step was noticed, and got over. */
export function recoveriesSection(report: RunReport): Markup {
  const { recoveries = [], startedAtMs } = report;
  if (recoveries.length === 0) return nothing;
  const rows = recoveries.map((recovery) => [
    recovery.step,
    `+${formatDuration((recovery.injectedAtMs - startedAtMs) * 1_000)}`,
    detection(recovery),
    recoveryTime(recovery),
  ]);
  const absorbed = duplicateWords(report);
  return html`<h2>How it was got over</h2>${table(['', 'injected', 'noticed after', 'as before, after healing'], rows, (column) => column === 1)}${absorbed.length === 0 ? nothing : html`<p class="soft">Absorbed: ${absorbed.join(', ')}.</p>`}`;
}

/** How soon each expected alert told of the faults, and of their end. */
export function alertsSection({ alerts = [] }: RunReport): Markup {
  if (alerts.length === 0) return nothing;
  const rows = alerts.map((one) => [
    one.alert,
    took(one.firedAfterMs, one.firesWithinMs),
    took(one.resolvedAfterMs, one.resolvesWithinMs),
  ]);
  return html`<h2>Who was told</h2>${table(['alert', 'fired after', 'over, once all was well'], rows, () => false)}`;
}

function took(ms: number | undefined, boundMs: number | undefined): Markup {
  const isLate = (ms ?? Infinity) > (boundMs ?? 0);
  const text = ms === undefined ? 'never' : formatDuration(ms * 1_000);
  const bound = boundMs === undefined ? '' : ` (at most ${formatDuration(boundMs * 1_000)})`;
  return html`<span class="${isLate ? 'bad' : 'good'}">${text}</span>${bound}`;
}

function detection({ detectedAfterMs, detectBoundMs, signal }: ReportRecovery): Markup {
  const bound = detectBoundMs === undefined ? '' : ` (at most ${formatDuration(detectBoundMs * 1_000)})`;
  const isLate = detectBoundMs !== undefined && (detectedAfterMs ?? Infinity) > detectBoundMs;
  const text =
    detectedAfterMs === undefined ? 'not noticed' : `${formatDuration(detectedAfterMs * 1_000)}: ${signal}`;
  return html`<span class="${isLate ? 'bad' : ''}">${text}</span>${bound}`;
}

function recoveryTime({ recoveredAfterMs, recoverBoundMs, isOvertaken }: ReportRecovery): Markup {
  if (isOvertaken === true) return html`<span class="soft">the next step came first</span>`;
  const isLate = (recoveredAfterMs ?? Infinity) > recoverBoundMs;
  const text = recoveredAfterMs === undefined ? 'not seen' : formatDuration(recoveredAfterMs * 1_000);
  return html`<span class="${isLate ? 'bad' : 'good'}">${text}</span> (at most ${formatDuration(recoverBoundMs * 1_000)})`;
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
  return html`<p>${loadWords(load)}; ${sent}.
Answers ${answers.join(', ')}; ${formatCount(latency.answers.retriedOrders)} orders were sent more than once.</p>
${loadPhaseTable(load)}${table(head, [...latency.windows, latency.overall].map(latencyRow), (column) => column > 0)}
<p class="soft">From when an order should have been sent to its 201, retries and waits included.</p>`;
}

/** What clients saw in each phase of a load that has them, and how much the platform takes where that was sought. */
function loadPhaseTable({ phases, knee }: ReportLoad): Markup {
  if (phases === undefined) return nothing;
  const rows = loadPhaseRows(phases).map(({ cells, promises, tone }) => [
    ...cells,
    html`<span class="${tone}">${promises}</span>`,
  ]);
  return html`${knee === undefined ? nothing : html`<p><strong>${kneeWords(knee)}</strong></p>`}
${table(loadPhaseHead(phases), rows, (column) => column > 0 && column < 7)}
`;
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
