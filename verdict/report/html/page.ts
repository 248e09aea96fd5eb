import { exitCodes } from '../../verdicts.ts';
import type { RunReport } from '../model.ts';
import { formatDuration } from '../table.ts';
import { verdictMeanings } from '../verdict-meanings.ts';
import { renderCharts } from './chart.ts';
import { html, nothing } from './markup.ts';
import { costsSection, faultsSection, ledgerSection, loadSection, phasesSection } from './sections.ts';
import { style } from './style.ts';

/**
 * The report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere. Pure.
 *
 * @returns text that ends in a line feed
 */
export function renderHtml(report: RunReport): string {
  const { decision, startedAtMs, endedAtMs, links } = report;
  const { verdict, reasons } = decision;
  const began = new Date(startedAtMs).toISOString().replace('T', ' ').slice(0, 19);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${verdict}: ${report.runId}</title>
<style>${style}</style>
</head>
<body class="${verdict}">
<h1><span class="badge">${verdict}</span> ${report.kind}</h1>
${report.hypothesis === undefined ? nothing : html`<p><strong>To show:</strong> ${report.hypothesis}</p>`}
<p><strong>${verdict}:</strong> ${verdictMeanings[verdict]}</p>
${reasons.length === 0 ? nothing : html`<ul>${reasons.map(({ verdict: of, text }) => html`<li class="${of === 'FAIL' ? 'bad' : ''}">${text}</li>`)}</ul>`}
<p class="soft">${report.runId} on ${report.target} (${report.topology}), ${began} UTC, ${formatDuration((endedAtMs - startedAtMs) * 1_000)}, seed ${report.seed}</p>
${report.load === undefined ? nothing : html`<h2>Load</h2>`}${renderCharts(report)}${loadSection(report.load)}
${faultsSection(report)}
${phasesSection(report)}
${ledgerSection(report.ledger)}
${costsSection(report)}
${links.length === 0 ? nothing : html`<h2>Read on</h2><ul>${links.map(({ title, at }) => html`<li>${title}: <code>${at}</code></li>`)}</ul>`}
<p class="soft">exit code ${exitCodes[verdict]}; docs/guarantees.md says what each invariant promises</p>
</body>
</html>
`;
  return page.text;
}
