import type { Flow, History, PageState } from '../model.ts';
import { currentOf } from '../part.ts';
import { formatSpan } from './format.ts';
import { icon } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

/** What is broken on purpose right now. */
export function chaosSection({ flow, history, nowMs }: PageState): Markup {
  return html`<h2 id="chaos-title">Chaos</h2>
${partOf(flow, nowMs, 'faults', (found) => faults(found, currentOf(history, nowMs), nowMs))}`;
}

function faults(flow: Flow, history: History | undefined, nowMs: number): Markup {
  const open = flow.windows.filter(({ isOpen }) => isOpen);
  const announced = flow.windows.filter(({ isOpen }) => !isOpen);
  const rows = flow.faults.map(({ fault, subject }) => {
    const since = sinceText(`${fault} ${subject}`, history, nowMs);
    return html`<li data-key="${fault} ${subject}">${icon('warn')}<div><p><strong>${fault}</strong> <code>${subject}</code></p>
<p class="soft">${since}</p></div></li>`;
  });
  const { excludedSeconds = 0 } = flow;
  // The injector sends by the way of the services; where theirs do not arrive, its silence says nothing.
  const isTold = flow.telemetry.some(({ ageSeconds }) => ageSeconds <= silentSeconds);
  return html`${
    rows.length === 0
      ? !isTold
        ? html`<p>${icon('unknown')} Nobody tells whether a fault is injected: no service sends metrics.</p>`
        : html`<p class="calm">${icon('good')}<span>No fault is injected.</span></p>`
      : html`<ul class="rows">${rows}</ul>`
  }
${open.map(({ window }) => html`<p>Run <code>${window}</code> has its chaos window open.</p>`)}
${announced.map(({ window }) => html`<p class="soft">Run <code>${window}</code> has announced chaos; nothing is broken yet, or no more.</p>`)}
${excludedSeconds > 0 ? html`<p class="soft">Announced chaos has taken ${formatSpan(excludedSeconds)} of the last 30 days out of the budget “without chaos”.</p>` : nothing}`;
}

/** Services send every 2 s. */
const silentSeconds = 30;

/** Since when a fault is injected, by the span that reaches the present; one that fills the chart is older than that. */
function sinceText(label: string, history: History | undefined, nowMs: number): string {
  if (history === undefined) return 'since when is not known';
  const since = sinceSeconds(label, history);
  if (since === undefined) return 'just injected';
  const span = formatSpan(nowMs / 1_000 - since);
  return since <= (history.xs[0] ?? 0) ? `for at least ${span}` : `for about ${span}`;
}

/** The begin of the span that reaches the present. */
function sinceSeconds(label: string, history: History): number | undefined {
  const last = history.faults.findLast((span) => span.label === label);
  const newest = history.xs.at(-1) ?? 0;
  if (last === undefined) return undefined;
  return last.toSeconds >= newest - history.stepSeconds ? last.fromSeconds : undefined;
}
