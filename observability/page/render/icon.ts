import { html, Markup } from './markup.ts';

/** Each has a shape of its own, so that none is told apart by its colour alone. */
const shapes = {
  good: '<circle cx="8" cy="8" r="7"/><path d="M4.5 8.2 7 10.6l4.6-5" class="ink"/>',
  bad: '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" class="ink"/>',
  warn: '<path d="M8 1 15.5 14.5H.5z"/><path d="M8 6v4m0 2v.2" class="ink"/>',
  unknown:
    '<rect x="1" y="1" width="14" height="14" rx="3"/><path d="M6 6.2a2 2 0 1 1 2.9 1.7c-.6.4-.9.7-.9 1.4m0 2v.2" class="ink"/>',
  note: '<circle cx="8" cy="8" r="7"/><path d="M8 7.3V11.5m0-7v.2" class="ink"/>',
} as const;

export type Tone = keyof typeof shapes;

/** A sign beside words that say the same: assistive technology skips it. */
export function icon(tone: Tone): Markup {
  return html`<svg class="icon ${tone}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${new Markup(shapes[tone])}</svg>`;
}
