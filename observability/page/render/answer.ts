import type { Answer } from '../answer.ts';
import type { PageState } from '../model.ts';
import { formatClock } from './format.ts';
import { icon, type Tone } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';

type Look = { readonly word: string; readonly tone: Tone };

const looks: Readonly<Record<Answer['verdict'], Look>> = {
  yes: { word: 'Yes', tone: 'good' },
  'at-risk': { word: 'Yes, but at risk', tone: 'warn' },
  no: { word: 'No', tone: 'bad' },
  unknown: { word: 'Not known', tone: 'unknown' },
};

export function wordOf({ verdict }: Answer): string {
  return looks[verdict].word;
}

/** The question and its answer; only the answer itself is read out when it changes. */
export function answerSection(answer: Answer, state: PageState): Markup {
  const { word, tone } = looks[answer.verdict];
  const reasons = answer.reasons.map(
    ({ tone: of, text, runbook }) =>
      html`<li>${icon(of)}<span>${text}${runbook === undefined ? nothing : html` <a href="/runbooks/${runbook}">What to do<span class="unseen"> about ${text}</span></a>`}</span></li>`,
  );
  return html`<div class="answer ${tone}" data-verdict="${answer.verdict}">
<h1 id="question">Are we keeping our promise?</h1>
<p class="verdict" role="status">${icon(tone)}<strong>${word}.</strong> <span>${answer.text}</span></p>
${reasons.length === 0 ? nothing : html`<ul class="reasons" aria-label="Reasons">${reasons}</ul>`}
<p class="soft">Asked at <time datetime="${new Date(state.nowMs).toISOString()}">${formatClock(state.nowMs)} UTC</time></p>
</div>`;
}
