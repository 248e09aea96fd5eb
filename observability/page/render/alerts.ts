import type { ActiveAlert, PageState, Part } from '../model.ts';
import { formatClock, formatSpan } from './format.ts';
import { icon } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

/** What fires, or is about to; and what of it Alertmanager tells nobody. */
export function alertsSection({ alerts, muted, nowMs }: PageState): Markup {
  const list = partOf(alerts, nowMs, 'alerts', (found) =>
    found.length === 0
      ? html`<p class="calm">${icon('good')}<span>No alert of the platform fires or is about to.</span></p>`
      : html`<ul class="rows">${found.map((alert) => row(alert, muted?.found?.value.get(alert.key), nowMs))}</ul>`,
  );
  return html`<h2 id="alerts-title">Alerts</h2>
${list}${muting(muted)}`;
}

function row(alert: ActiveAlert, mute: string | undefined, nowMs: number): Markup {
  const { name, severity, state, sinceMs, summary, where, runbook } = alert;
  const tone = state === 'pending' ? 'note' : severity === 'page' ? 'bad' : 'warn';
  const what = state === 'pending' ? `${severity}, pending` : severity;
  return html`<li data-key="${alert.key}">${icon(tone)}<div><p><strong>${name}</strong> <span class="tag">${what}</span>${mute === undefined ? nothing : html` <span class="tag">${mute}: nobody is told</span>`}</p>
<p>${summary}${where === '' ? nothing : html` <code>${where}</code>`}</p>
<p class="soft">since ${formatClock(sinceMs)} UTC, ${formatSpan((nowMs - sinceMs) / 1_000)}${runbook === undefined ? nothing : html` · <a href="/runbooks/${runbook}">Runbook<span class="unseen"> of ${name}</span></a>`}</p></div></li>`;
}

function muting(muted: Part<unknown> | undefined): Markup {
  if (muted === undefined) {
    return html`<p class="soft">No Alertmanager is known here: whether somebody is told of an alert is not shown.</p>`;
  }
  return muted.failure === undefined
    ? nothing
    : html`<p class="problem">${icon('warn')}<span>Whether somebody is told is not known: ${muted.failure}.</span></p>`;
}
