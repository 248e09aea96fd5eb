import type { ActiveAlert, PageState, Part, Run, TraceSummary } from '../model.ts';
import { isStale } from '../part.ts';
import type { Runbook } from '../runbooks.ts';
import { formatAge, formatDay, formatSeconds, formatSpan } from './format.ts';
import { icon, type Tone } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

const verdictTones: Readonly<Record<string, Tone>> = {
  PASS: 'good',
  FAIL: 'bad',
  INCONCLUSIVE: 'unknown',
  ABORTED: 'warn',
};

/** What the newest experiments showed. */
export function runsSection({ runs, nowMs, sources }: PageState): Markup {
  const list =
    runs === undefined
      ? html`<p>This page knows no directory of runs. Where experiments run on another machine, or in a cluster without a volume for their reports, their verdicts are there.</p>`
      : partOf(runs, nowMs, 'verdicts', (found) =>
          found.length === 0
            ? html`<p>No run has left a report in <code>${sources.runsDir ?? ''}</code> yet. <code>stormproof storm</code> makes one.</p>`
            : html`<ul class="rows">${found.map(runRow)}</ul>`,
        );
  return html`<h2 id="runs-title">Latest verdicts</h2>
${list}`;
}

function runRow({ runId, kind, verdict, reasons, startedAtMs, endedAtMs, target }: Run): Markup {
  const [first] = reasons;
  return html`<li data-key="${runId}">${icon(verdictTones[verdict] ?? 'unknown')}<div><p><strong>${verdict}</strong> ${kind} <span class="soft">${formatDay(startedAtMs)}, took ${formatSpan((endedAtMs - startedAtMs) / 1_000)}, ${target}</span></p>
${first === undefined ? nothing : html`<p>${first}${reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : ''}</p>`}
<p class="soft"><code>${runId}</code></p></div></li>`;
}

/** A way to any order's trace, and the newest ones. */
export function tracesSection({ traces, nowMs }: PageState): Markup {
  return html`<h2 id="traces-title">Find an order</h2>
${traceForm('')}
${
  traces === undefined
    ? html`<p>This page knows no Jaeger: it cannot show traces.</p>`
    : partOf(traces, nowMs, 'traces', (found) =>
        found.length === 0
          ? html`<p>No order was traced within the last hour.</p>`
          : html`<h3>Newest traced orders</h3>
<ul class="rows">${found.map((trace) => traceRow(trace, nowMs))}</ul>`,
      )
}`;
}

export function traceForm(id: string): Markup {
  return html`<form action="/trace" method="get" role="search" class="find"><label for="trace-id">Id of an order or of a trace</label>
<div><input id="trace-id" name="id" value="${id}" required autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="64"><button>Show its way</button></div></form>`;
}

/** How an order ended, with errors on its way or without. */
export function toneOf(terminalState: string | undefined, hasError: boolean): Tone {
  if (terminalState === 'dead-lettered') return 'bad';
  if (terminalState === undefined) return hasError ? 'bad' : 'unknown';
  return hasError ? 'warn' : 'good';
}

function traceRow(trace: TraceSummary, nowMs: number): Markup {
  const { traceId, orderId, startMs, durationMs, terminalState, hasError } = trace;
  const tone = toneOf(terminalState, hasError);
  return html`<li data-key="${traceId}">${icon(tone)}<div><p><a href="/trace?id=${encodeURIComponent(traceId)}"><code>${orderId ?? traceId}</code></a></p>
<p class="soft">${terminalState ?? 'not settled, or not told'}${hasError ? ', with an error' : ''}, ${formatSeconds(durationMs / 1_000)}, ${formatAge(nowMs - startMs)}</p></div></li>`;
}

export function runbooksSection(runbooks: readonly Runbook[], alerts: readonly ActiveAlert[]): Markup {
  const firing = new Set(alerts.map(({ runbook }) => runbook));
  const links = runbooks.map(
    ({ name, title }) =>
      html`<li><a href="/runbooks/${name}">${title}</a>${firing.has(name) ? html` <span class="tag">active</span>` : nothing}</li>`,
  );
  return html`<h2 id="runbooks-title">Runbooks</h2>
${links.length === 0 ? html`<p>There are no runbooks where this page runs.</p>` : html`<ul class="links">${links}</ul>`}`;
}

/** Whom the page asks, and whether they answer; how fresh the services' own figures are. */
export function sourcesSection(state: PageState): Markup {
  const { sources, promises, flow, history, alerts, muted, traces, runs, nowMs } = state;
  const telemetry = flow.found?.value.telemetry ?? [];
  return html`<h2 id="sources-title">Where this comes from</h2>
<ul class="rows grid">${sourceRow('Prometheus', sources.prometheus, [promises, flow, history, alerts], nowMs)}
${sourceRow('Alertmanager', sources.alertmanager, [muted], nowMs)}
${sourceRow('Jaeger', sources.jaeger, [traces], nowMs)}
${sourceRow('Runs', sources.runsDir, [runs], nowMs)}</ul>
${
  telemetry.length === 0
    ? flow.found === undefined
      ? nothing
      : html`<p class="problem">${icon('warn')}<span>No service has sent metrics for six hours.</span></p>`
    : html`<h3>Newest metrics of each instance</h3><ul class="links">${telemetry.map(({ instance, ageSeconds }) => html`<li data-key="${instance}">${icon(ageSeconds > silentSeconds ? 'warn' : 'good')} ${instance} <span class="soft">${formatAge(ageSeconds * 1_000)}</span></li>`)}</ul>`
}`;
}

/** Services send every 2 s. */
const silentSeconds = 30;

function sourceRow(
  name: string,
  where: string | undefined,
  parts: readonly (Part<unknown> | undefined)[],
  nowMs: number,
): Markup {
  if (where === undefined) {
    return html`<li>${icon('unknown')}<div><p><strong>${name}</strong> is not known here</p></div></li>`;
  }
  const failure = parts.map((part) => part?.failure).find((why) => why !== undefined);
  const isOld = parts.some((part) => part !== undefined && isStale(part, nowMs));
  const isWaiting = parts.some((part) => part?.found === undefined);
  const tone: Tone = failure !== undefined ? 'bad' : isOld || isWaiting ? 'warn' : 'good';
  const says = failure ?? (isWaiting ? 'has not answered yet' : isOld ? 'answers late' : 'answers');
  return html`<li>${icon(tone)}<div><p><strong>${name}</strong> <code>${where}</code></p><p class="soft">${says}</p></div></li>`;
}
