import type { Flow, PageState } from '../model.ts';
import { formatCount, formatLast, formatShare } from './format.ts';
import { icon, type Tone } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';
import { partOf } from './stale.ts';

/** The way of the orders: how many got how far, who waits, which breakers are open. */
export function flowSection({ flow, nowMs, windowSeconds }: PageState): Markup {
  return html`<h2 id="flow-title">Orders, last ${formatLast(windowSeconds)}</h2>
${partOf(flow, nowMs, 'figures', (found) => html`<div class="columns"><div>${funnel(found)}</div><div>${lag(found)}</div><div>${breakers(found)}</div></div>`)}`;
}

type Stage = { readonly name: string; readonly orders: number | undefined; readonly hint: string };

function stagesOf({ answers, stored, charged, settled }: Flow): readonly Stage[] {
  const accepted = answers.get('accepted');
  const replayed = answers.get('replayed') ?? 0;
  const all = [...settled.values()];
  return [
    {
      name: 'Accepted',
      orders: accepted === undefined ? undefined : Math.max(0, accepted - replayed),
      hint: 'got their 201',
    },
    { name: 'Stored', orders: stored, hint: 'by most brokers' },
    { name: 'Charged', orders: charged, hint: 'provider decided' },
    {
      name: 'Settled',
      orders: all.length === 0 ? undefined : all.reduce((sum, orders) => sum + orders, 0),
      hint: 'outcome stored',
    },
  ];
}

function funnel(flow: Flow): Markup {
  const stages = stagesOf(flow);
  const most = Math.max(1, ...stages.map(({ orders = 0 }) => orders));
  const rows = stages.map(
    ({ name, orders, hint }) =>
      html`<tr><th scope="row">${name} <small>${hint}</small></th><td class="n" data-stage="${name.toLowerCase()}">${orders === undefined ? '–' : formatCount(orders)}</td><td class="n">${orders === undefined ? '–' : formatShare(orders / most, 1)}</td></tr>
<tr class="bar" aria-hidden="true"><td colspan="3"><svg class="meter c1" viewBox="0 0 100 6" preserveAspectRatio="none" focusable="false"><rect class="track" width="100" height="6"/><rect width="${(((orders ?? 0) / most) * 100).toFixed(1)}" height="6"/></svg></td></tr>`,
  );
  return html`<h3>How far they got</h3>
<table class="funnel"><caption class="unseen">Orders by how far they got</caption><thead class="unseen"><tr><th scope="col">Stage</th><th scope="col">Orders</th><th scope="col">Share of the most</th></tr></thead><tbody>${rows}</tbody></table>
<p class="soft">Settled as: ${listOf(flow.settled)}.</p>
<p class="soft">Other answers: ${listOf(new Map([...flow.answers].filter(([result]) => result !== 'accepted')))}.</p>
<p class="soft">Each stage counts for itself, and tells within seconds. A process that started anew is extrapolated.</p>`;
}

function listOf(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([name, count]) => `${name} ${formatCount(count)}`);
  return parts.length === 0 ? 'nothing was told' : parts.join(', ');
}

function lag({ consumers, projections }: Flow): Markup {
  const waiting = consumers.map(
    ({ consumer, waiting: behind, inHand }) =>
      html`<tr><th scope="row">${consumer}</th><td class="n">${formatCount(behind)}</td><td class="n">${inHand === undefined ? '–' : formatCount(inHand)}</td></tr>`,
  );
  const behind = projections.map(
    ({ instance, stream, behind: messages }) =>
      html`<tr><th scope="row">${instance} <small>${stream}</small></th><td class="n" colspan="2">${formatCount(messages)}</td></tr>`,
  );
  const table =
    waiting.length === 0 && behind.length === 0
      ? html`<p class="problem">${icon('unknown')}<span>Nobody tells what waits: broker-metrics or order send no metrics.</span></p>`
      : html`<table><caption class="unseen">Messages that wait</caption><thead><tr><th scope="col">Consumer</th><th scope="col" class="n">waiting</th><th scope="col" class="n">in hand</th></tr></thead><tbody>${waiting}</tbody>
${behind.length === 0 ? nothing : html`<thead><tr><th scope="col">Projection</th><th scope="col" class="n" colspan="2">behind</th></tr></thead><tbody>${behind}</tbody>`}</table>`;
  return html`<h3>What waits</h3>
${table}
<p class="soft">In messages; one message of ORDERS is a group of orders.</p>`;
}

const breakerLooks: Readonly<Record<string, { readonly tone: Tone; readonly means: string }>> = {
  closed: { tone: 'good', means: 'the provider is called' },
  'half-open': { tone: 'warn', means: 'one call tries whether the provider answers again' },
  open: { tone: 'bad', means: 'the provider is left alone; nothing is charged, nothing is lost' },
};

function breakers({ breakers: found }: Flow): Markup {
  const rows = found.map(({ instance, state }) => {
    const look = breakerLooks[state];
    return html`<li data-key="${instance}">${icon(look?.tone ?? 'unknown')}<div><p><strong>${state}</strong> <span class="soft">${instance}</span></p><p class="soft">${look?.means ?? ''}</p></div></li>`;
  });
  return html`<h3>Circuit breakers</h3>
${rows.length === 0 ? html`<p class="problem">${icon('unknown')}<span>No payment instance tells the state of its breaker.</span></p>` : html`<ul class="rows">${rows}</ul>`}`;
}
