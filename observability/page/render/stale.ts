import type { Part } from '../model.ts';
import { isStale } from '../part.ts';
import { formatAge } from './format.ts';
import { icon } from './icon.ts';
import { html, type Markup, nothing } from './markup.ts';

/**
 * What was found, drawn, and above it how old it is and why there is nothing newer, where that is so.
 *
 * @param what what is drawn, as a plural: `verdicts`
 */
export function partOf<T>(part: Part<T>, nowMs: number, what: string, draw: (value: T) => Markup): Markup {
  const { found, failure } = part;
  if (found === undefined) {
    // For programs that read the page: not answered yet is another thing than not answered.
    return html`<p class="problem"${failure === undefined ? html` data-waiting=""` : nothing}>${icon('unknown')}<span>No ${what}: ${failure ?? 'no answer has come yet'}.</span></p>`;
  }
  const isOld = failure !== undefined || isStale(part, nowMs);
  const age = formatAge(nowMs - found.atMs);
  const why = failure === undefined ? '' : ` since then: ${failure}`;
  return html`${isOld ? html`<p class="problem">${icon('warn')}<span>These ${what} were found ${age}. Nothing newer came${why}.</span></p>` : nothing}${draw(found.value)}`;
}
