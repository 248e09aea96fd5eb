import { coverageOf, type SloStatus, type SloVerdict, slos } from '../../slo/index.ts';
import { budgetDaysLeft, runbookName, sinceBegin } from '../answer.ts';
import type { Flow, PageState, Part } from '../model.ts';
import { currentOf } from '../part.ts';
import { formatCount, formatLast, formatShare, formatSpan, formatTimes } from './format.ts';
import { icon, type Tone } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

const looks: Readonly<Record<SloVerdict, { readonly word: string; readonly tone: Tone }>> = {
  kept: { word: 'Kept', tone: 'good' },
  broken: { word: 'Broken', tone: 'bad' },
  'no-events': { word: 'No orders', tone: 'unknown' },
  'no-data': { word: 'Not measured', tone: 'unknown' },
};

/** A card for each objective, and one for what has no budget. */
export function promisesSection({ promises, flow, nowMs, windowSeconds }: PageState): Markup {
  const cards = partOf(
    promises,
    nowMs,
    'figures',
    (found) => html`<ul class="cards">${found.map(card)}</ul>`,
  );
  return html`<h2 id="promises-title">Objectives</h2>
<p class="soft">Verdicts and burn rates are of the last ${formatLast(windowSeconds)}, budgets of 30 days.</p>
${cards}
<ul class="cards">${correctness(flow, nowMs)}</ul>`;
}

function card(slo: SloStatus): Markup {
  const { word, tone } = looks[slo.verdict];
  const { goodShare, badEvents, events, owner } = slo;
  const isYoung = slo.verdict !== 'no-data' && ['since-begin', 'few'].includes(coverageOf(slo));
  const windowDays = slos.find(({ name }) => name === slo.name)?.windowDays ?? 30;
  const days = budgetDaysLeft(slo, windowDays);
  const lasts =
    days === undefined
      ? slo.burnRateWithoutChaos === undefined
        ? 'Whether something burns the budget now is not known.'
        : 'Nothing burns the budget.'
      : days === 0
        ? 'The budget is used up.'
        : days > windowDays
          ? 'At this rate the budget lasts.'
          : `At this rate the budget lasts ${formatSpan(days * 86_400)}.`;
  return html`<li class="card ${tone}" data-slo="${slo.name}" data-key="${slo.name}">
<h3>${slo.title}</h3>
<p class="state">${icon(tone)}<strong>${word}</strong></p>${isYoung ? html`<p class="soft">${sinceBegin(slo.measured.sinceSeconds)}</p>` : nothing}
<p class="figure"><b data-figure="good" data-value="${goodShare ?? ''}">${formatShare(goodShare, 3)}</b> good</p>
<p class="soft">${formatCount(badEvents)} bad of ${formatCount(events)}</p>
${meter(slo.budgetLeft)}
<table class="pair"><caption class="unseen">Budget and burn rate: ${slo.title}</caption>
<thead><tr><td></td><th scope="col">without chaos</th><th scope="col">all counted</th></tr></thead>
<tbody><tr><th scope="row">Budget left</th><td data-figure="budget" data-value="${slo.budgetLeft ?? ''}">${formatBudget(slo.budgetLeft)}</td><td data-figure="budget-chaos" data-value="${slo.budgetLeftWithChaos ?? ''}">${formatBudget(slo.budgetLeftWithChaos)}</td></tr>
<tr><th scope="row">Burn rate</th><td>${formatTimes(slo.burnRateWithoutChaos)}</td><td data-figure="burn" data-value="${slo.burnRate ?? ''}">${formatTimes(slo.burnRate)}</td></tr></tbody></table>
<p class="soft">${slo.budgetLeft === undefined ? 'No events in 30 days.' : lasts}</p>
<p class="foot"><a href="/runbooks/${runbookName(slo.runbook)}">Runbook<span class="unseen"> of ${slo.title}</span></a><span class="soft">team ${owner}</span></p>
</li>`;
}

/** To a tenth of a per cent, unless it is overdrawn by more than all of it: then a card has no room for that. */
function formatBudget(left: number | undefined): string {
  return formatShare(left, left !== undefined && left <= -1 ? 0 : 1);
}

/** How much of the budget is left, as a bar; the table below says it in figures. */
function meter(left: number | undefined): Markup {
  const share = Math.min(1, Math.max(0, left ?? 0));
  const tone = left === undefined ? 'unknown' : left <= 0 ? 'bad' : left < 0.25 ? 'warn' : 'good';
  return html`<svg class="meter ${tone}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="6"/><rect width="${(share * 100).toFixed(1)}" height="6"/></svg>`;
}

/**
 * Correctness: what the audit found. It has no budget; one order is one too many. Without an answer of the present it is
 * not known, whatever was found before.
 */
function correctness(flow: Part<Flow>, nowMs: number): Markup {
  const current = currentOf(flow, nowMs);
  const audit = current?.audit;
  const violations = [...(audit?.violations ?? [])].filter(([, orders]) => orders > 0);
  const tone: Tone = audit === undefined ? 'unknown' : violations.length > 0 ? 'bad' : 'good';
  const word =
    current === undefined
      ? 'Not known'
      : audit === undefined
        ? 'Not checked'
        : violations.length > 0
          ? 'Broken'
          : 'Kept';
  const total = violations.reduce((sum, [, orders]) => sum + orders, 0);
  return html`<li class="card wide ${tone}" data-slo="correctness">
<h3>No accepted order is lost, none is charged twice</h3>
<p class="state">${icon(tone)}<strong>${word}</strong></p>
${
  current === undefined
    ? html`<p>What the audit found is not known: ${flow.failure ?? 'no answer has come yet'}.</p>`
    : audit === undefined
      ? html`<p>No audit has run for two hours. <code>stormproof watch</code> runs one again and again.</p>`
      : html`<p class="figure"><b>${formatCount(total)}</b> ${total === 1 ? 'order is' : 'orders are'} wrong</p>
<p class="soft">${violations.length === 0 ? `${audit.violations.size} invariants hold` : violations.map(([invariant, orders]) => `${invariant} ${formatCount(orders)}`).join(', ')}; audited ${formatSpan(audit.ageSeconds + (nowMs - (flow.found?.atMs ?? nowMs)) / 1_000)} ago</p>`
}
<p class="soft">There is no budget for this: one order is one too many.</p>
<p class="foot"><a href="/runbooks/ledger-violation">Runbook<span class="unseen"> of a ledger violation</span></a><span class="soft">team orders</span></p>
</li>`;
}
