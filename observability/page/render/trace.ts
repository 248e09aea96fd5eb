import type { OrderSearch } from '../journey/find.ts';
import type { Row, Waterfall } from '../waterfall.ts';
import { toneOf, traceForm } from './evidence.ts';
import { formatCount, formatDay, formatSeconds } from './format.ts';
import { frame } from './frame.ts';
import { icon } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';

/** What came of a search for an order, and who was asked. */
export type TraceSearch = OrderSearch & {
  readonly id: string;
  readonly asked: { readonly traces: boolean; readonly streams: boolean };
};

/** The page of one order's way. Pure. */
export function renderTrace(search: TraceSearch): string {
  const { id, waterfalls } = search;
  return frame({
    title: `${id === '' ? 'Find an order' : `Order ${id}`}: Stormproof`,
    isLive: false,
    bar: html`<nav aria-label="Back"><a href="/">Are we keeping our promise?</a></nav>`,
    main: html`<section aria-labelledby="title"><h1 id="title">${id === '' ? 'Find an order' : 'The way of an order'}</h1>
${traceForm(id)}
${id === '' ? nothing : waterfalls.length === 0 ? absence(search) : html`${failed(search)}${waterfalls.map(drawn)}`}</section>`,
  });
}

/** Who could not be asked. */
function failed({ failures }: TraceSearch): Markup {
  if (failures.length === 0) return nothing;
  return html`<p class="problem" role="status">${icon('unknown')}<span>Not all is known: ${failures.join('; ')}.</span></p>`;
}

function absence({ id, failures, asked }: TraceSearch): Markup {
  const why = asked.traces || asked.streams ? failures : ['this page knows no Jaeger and no streams'];
  if (why.length > 0) {
    return html`<p class="problem" role="status">${icon('unknown')}<span>Nobody can tell: ${why.join('; ')}.</span></p>`;
  }
  const none = html`There is no trace of <code>${id}</code>`;
  if (asked.streams) {
    return html`<p class="problem" role="status">${icon('unknown')}<span>${none}, and no order of that id is known.</span></p>
<p>The order service knows an order from the moment it is stored until a week later.</p>`;
  }
  return html`<p class="problem" role="status">${icon('unknown')}<span>${none}.</span></p>
<p>That says nothing about the order itself. Traces are kept of a share of the orders, and of those that fail or are slow; the newest push out the oldest. Where this page runs it cannot reach the streams. <code>stormproof trace ${id}</code> draws any order from them.</p>`;
}

function drawn(waterfall: Waterfall, at: number): Markup {
  const { traceId, orderId, orders, startedAtMs, durationMs, rows, spansLeftOut, isPartial, notes } =
    waterfall;
  const { terminalState } = waterfall;
  const errors = rows.filter(({ isError }) => isError).length;
  const waitedMs = rows
    .filter(({ kind }) => kind === 'wait')
    .reduce((sum, { durationMs: ms }) => sum + ms, 0);
  const deliveries = Math.max(1, ...rows.map(({ delivery = 1 }) => delivery));
  const isOfOne = orderId !== undefined || orders === 0;
  const tone = isOfOne ? toneOf(terminalState, errors > 0) : 'note';
  const end = isOfOne
    ? (terminalState ?? unsettledWord(waterfall))
    : `${formatCount(orders)} orders share it`;
  const isTraced = waterfall.origin === 'trace';
  const seconds = (ms: number) => formatSeconds(ms / 1_000);
  return html`<article class="waterfall" aria-labelledby="trace-${at}">
<h2 id="trace-${at}">${orderId === undefined ? 'Trace' : 'Order'} <code>${orderId ?? traceId ?? ''}</code></h2>
<p class="verdict small" role="status">${icon(tone)}<strong>${end.charAt(0).toUpperCase()}${end.slice(1)}.</strong> <span>${seconds(durationMs)} from its first step to its last${isTraced ? `, of which ${seconds(waitedMs)} waiting in streams` : ''}${deliveries > 1 ? `; delivered ${deliveries} times` : ''}${errors > 0 ? `; ${errors} ${errors === 1 ? 'step' : 'steps'} failed` : ''}.</span></p>
<p class="soft">Began ${formatDay(startedAtMs)} UTC.${traceId === undefined ? nothing : html` Trace <code>${traceId}</code>`}${isTraced && isOfOne && orders > 1 ? ` It is shared by ${formatCount(orders)} orders; what is shown is this one.` : ''}</p>
${notes.map((note) => html`<p class="problem">${icon('note')}<span>${note}</span></p>`)}
${isPartial ? html`<p class="problem">${icon('note')}<span>This order was not sampled. Only steps that failed or were slow were told, after the fact.</span></p>` : nothing}
<table role="table"><caption class="unseen">The steps of the order, in the order of time</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Step</th><th role="columnheader" scope="col" class="n">after</th><th role="columnheader" scope="col" class="n">takes</th><th role="columnheader" scope="col" class="axis"><span class="unseen">When</span><span aria-hidden="true">0</span><span aria-hidden="true">${seconds(durationMs / 2)}</span><span aria-hidden="true">${seconds(durationMs)}</span></th></tr></thead>
<tbody role="rowgroup">${rows.map((row) => line(row, durationMs))}</tbody></table>${spansLeftOut === 0 ? nothing : html`<p class="problem">${icon('note')}<span>The last ${formatCount(spansLeftOut)} steps are left out, and in no sum above.</span></p>`}</article>`;
}

/** Of an order that no outcome is known of: of a trace nobody can say more than that it was not told. */
function unsettledWord({ origin }: Waterfall): string {
  return origin === 'trace' ? 'not settled, or not told' : 'not settled yet';
}

const colors: Readonly<Record<string, string>> = { order: 'c1', payment: 'c2', psp: 'c3', nats: 'wait' };

function line(row: Row, totalMs: number): Markup {
  const { kind, name, service, instance, depth, startMs, durationMs, isError, isLate, delivery } = row;
  const share = (ms: number) => (totalMs === 0 ? 0 : (ms / totalMs) * 1_000);
  // A step too short to be seen is still one.
  const width = Math.max(4, share(durationMs));
  const left = Math.min(share(startMs), 1_000 - width);
  const color = kind === 'wait' ? 'wait' : (colors[service] ?? 'c4');
  const attributes = Object.entries(row.attributes);
  const tags = [
    ...(delivery === undefined ? [] : [html` <span class="tag">delivery ${delivery}</span>`]),
    ...(isError ? [html` ${icon('bad')}<span class="tag">failed</span>`] : []),
    ...(isLate ? [html` <span class="tag">told late</span>`] : []),
  ];
  const what = html`<span class="step">${name}</span>${tags} <small>${instance === '' ? service : instance}</small>`;
  return html`<tr role="row" class="depth-${Math.min(depth, 6)}" data-kind="${kind}"><th role="rowheader" scope="row">${
    attributes.length === 0
      ? what
      : html`<details><summary>${what}</summary><dl>${attributes.map(([key, value]) => html`<dt>${key}</dt><dd>${value}</dd>`)}</dl></details>`
  }</th><td role="cell" class="n">${formatSeconds(startMs / 1_000)}</td><td role="cell" class="n">${formatSeconds(durationMs / 1_000)}</td><td role="cell" class="bar"><svg class="span ${color}${isError ? ' failed' : ''}" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="1000" height="10"/><rect x="${left.toFixed(1)}" width="${width.toFixed(1)}" height="10"/></svg></td></tr>`;
}
