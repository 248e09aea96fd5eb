import { createHash } from 'node:crypto';
import { html, Markup, nothing } from '../../../observability/page/render/markup.ts';
import { exitCodes } from '../../verdicts.ts';
import type { RunReport } from '../model.ts';
import { formatDuration } from '../table.ts';
import { verdictMeanings } from '../verdict-meanings.ts';
import type { ChartLibrary } from './chart-library.ts';
import { overTimeSection } from './over-time.ts';
import { type Plots, plotsOf } from './plots.ts';
import {
  alertsSection,
  costsSection,
  faultsSection,
  ledgerSection,
  loadSection,
  phasesSection,
  recoveriesSection,
} from './sections.ts';
import { style } from './style.ts';

/**
 * The report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere, and readable without
 * its script. Pure.
 *
 * @returns text that ends in a line feed
 */
export function renderHtml(report: RunReport, library: ChartLibrary): string {
  const { decision, startedAtMs, endedAtMs, links, deviations = [] } = report;
  const plots = plotsOf(report);
  const hasPlots = plots.plots.length > 0;
  const script = hasPlots ? library.script : '';
  const { verdict, reasons } = decision;
  const began = new Date(startedAtMs).toISOString().replace('T', ' ').slice(0, 19);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${new Markup(contentPolicy(script))}">
<title>${verdict}: ${report.runId}</title>
<style>${hasPlots ? new Markup(library.style) : nothing}${new Markup(style)}</style>
</head>
<body class="${verdict}">
<h1><span class="badge">${verdict}</span> ${report.kind}</h1>
${report.hypothesis === undefined ? nothing : html`<p><strong>To show:</strong> ${report.hypothesis}</p>`}
<p><strong>${verdict}:</strong> ${verdictMeanings[verdict]}</p>
${reasons.length === 0 ? nothing : html`<ul>${reasons.map(({ verdict: of, text }) => html`<li class="${of === 'FAIL' ? 'bad' : ''}">${text}</li>`)}</ul>`}
<p class="soft">${report.runId} on ${report.target} (${report.topology}), ${began} UTC, ${formatDuration((endedAtMs - startedAtMs) * 1_000)}, seed ${report.seed}</p>
${deviations.length === 0 ? nothing : html`<p class="warn">Not as delivered, on purpose: ${deviations.join(', ')}</p>`}
${overTimeSection(report, plots)}
${recoveriesSection(report)}${alertsSection(report)}
${report.load === undefined ? nothing : html`<h2>Load</h2>`}${loadSection(report.load)}
${faultsSection(report)}
${phasesSection(report)}
${ledgerSection(report.ledger)}
${costsSection(report)}
${links.length === 0 ? nothing : html`<h2>Read on</h2><ul>${links.map(({ title, at }) => html`<li>${title}: <code>${at}</code></li>`)}</ul>`}
<p class="soft">exit code ${exitCodes[verdict]}; docs/guarantees.md says what each invariant promises</p>
${hasPlots ? scripts(plots, script) : nothing}</body>
</html>
`;
  return page.text;
}

/** Nothing but the page's own style, and the one script whose digest this is. */
function contentPolicy(script: string): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'`;
  if (script === '') return policy;
  return `${policy}; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

/** The figures first: the script reads them when it comes by. Text of theirs must not end the element that they stand in. */
function scripts(plots: Plots, script: string): Markup {
  const data = JSON.stringify(plots).replaceAll('<', '\\u003c');
  return new Markup(
    `<script type="application/json" id="plots-data">${data}</script>\n<script>${script}</script>\n`,
  );
}
