import { answerOf } from '../answer.ts';
import type { PageState } from '../model.ts';
import type { Runbook } from '../runbooks.ts';
import { windows } from '../windows.ts';
import { alertsSection } from './alerts.ts';
import { answerSection, wordOf } from './answer.ts';
import { chaosSection } from './chaos.ts';
import { chartData, chartsSection } from './charts.ts';
import { runbooksSection, runsSection, sourcesSection, tracesSection } from './evidence.ts';
import { flowSection } from './flow.ts';
import { formatSpan } from './format.ts';
import { type Frame, frame } from './frame.ts';
import { html, type Markup } from './markup.ts';
import { promisesSection } from './promises.ts';

/** The parts of the page that change, by the id of their element. */
export type Regions = Readonly<Record<string, Markup>>;

const sections = [
  'promises',
  'alerts',
  'chaos',
  'flow',
  'charts',
  'traces',
  'runs',
  'runbooks',
  'sources',
] as const;

export function regionsOf(state: PageState, runbooks: readonly Runbook[]): Regions {
  return {
    answer: answerSection(answerOf(state), state),
    promises: promisesSection(state),
    alerts: alertsSection(state),
    chaos: chaosSection(state),
    flow: flowSection(state),
    charts: chartsSection(state),
    traces: tracesSection(state),
    runs: runsSection(state),
    runbooks: runbooksSection(runbooks, state.alerts.found?.value ?? []),
    sources: sourcesSection(state),
  } satisfies Record<'answer' | (typeof sections)[number], Markup>;
}

/** What browsers show in a tab: the answer comes first. */
export function titleOf(state: PageState): string {
  return `${wordOf(answerOf(state))}: are we keeping our promise? Stormproof`;
}

/** The whole page with its first figures in it, readable without its scripts. Pure. */
export function renderPage(state: PageState, runbooks: readonly Runbook[]): string {
  const regions = regionsOf(state, runbooks);
  const region = (id: keyof typeof regions) =>
    html`<section id="${id}" data-region="" aria-labelledby="${id === 'answer' ? 'question' : `${id}-title`}">${regions[id] ?? ''}</section>`;
  const page: Frame = {
    title: titleOf(state),
    isLive: true,
    bar: windowLinks(state.windowSeconds),
    main: html`${region('answer')}
${sectionLinks}
${region('promises')}
<div class="pair-of">${region('alerts')}${region('chaos')}</div>
${region('flow')}
${region('charts')}
<div class="pair-of">${region('traces')}${region('runs')}</div>
${region('runbooks')}
${region('sources')}
${chartData(state.history.found?.value)}`,
  };
  return frame(page);
}

const sectionLinks = html`<nav class="sections" aria-label="On this page">${[
  ['promises', 'Objectives'],
  ['alerts', 'Alerts'],
  ['flow', 'Orders'],
  ['charts', 'Over time'],
  ['traces', 'Find an order'],
  ['runs', 'Verdicts'],
  ['runbooks', 'Runbooks'],
  ['sources', 'Sources'],
].map(([id = '', name = '']) => html`<a href="#${id}">${name}</a>`)}</nav>`;

function windowLinks(windowSeconds: number): Markup {
  const links = windows.map(
    (seconds) =>
      html`<a href="/?window=${seconds}"${seconds === windowSeconds ? html` aria-current="true"` : ''}>${formatSpan(seconds)}</a>`,
  );
  return html`<nav class="windows" aria-label="How far to look back">${links}</nav>`;
}
