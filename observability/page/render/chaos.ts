import type { Flow, History, PageState } from '../model.ts';
import { formatSpan } from './format.ts';
import { icon } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

/** What is broken on purpose right now. */
export function chaosSection({ flow, history, nowMs }: PageState): Markup {
  return html`<h2 id="chaos-title">Chaos</h2>
${partOf(flow, nowMs, 'faults', (found) => faults(found, history.found?.value, nowMs))}`;
}

function faults(flow: Flow, history: History | undefined, nowMs: number): Markup {
  const open = flow.windows.filter(({ isOpen }) => isOpen);
  const announced = flow.windows.filter(({ isOpen }) => !isOpen);
  const rows = flow.faults.map(({ fault, subject }) => {
    const since = sinceSeconds(`${fault} ${subject}`, history);
    return html`<li>${icon('warn')}<div><p><strong>${fault}</strong> <code>${subject}</code></p>
<p class="soft">${since === undefined ? 'just injected' : `for about ${formatSpan(nowMs / 1_000 - since)}`}</p></div></li>`;
  });
  const { excludedSeconds = 0 } = flow;
  return html`${
    rows.length === 0
      ? html`<p class="calm">${icon('good')}<span>No fault is injected.</span></p>`
      : html`<ul class="rows">${rows}</ul>`
  }
${open.map(({ window }) => html`<p>Run <code>${window}</code> has its chaos window open.</p>`)}
${announced.map(({ window }) => html`<p class="soft">Run <code>${window}</code> has announced chaos; nothing is broken yet, or no more.</p>`)}
${excludedSeconds > 0 ? html`<p class="soft">Announced chaos has taken ${formatSpan(excludedSeconds)} of the last 30 days out of the budget “without chaos”.</p>` : nothing}`;
}

/** The begin of the span that reaches the present. */
function sinceSeconds(label: string, history: History | undefined): number | undefined {
  const last = history?.faults.findLast((span) => span.label === label);
  const newest = history?.xs.at(-1) ?? 0;
  if (history === undefined || last === undefined) return undefined;
  return last.toSeconds >= newest - history.stepSeconds ? last.fromSeconds : undefined;
}
