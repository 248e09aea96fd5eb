import type { Runbook } from '../runbooks.ts';
import { frame } from './frame.ts';
import { html, Markup } from './markup.ts';

/** The page of a runbook. Pure. */
export function renderRunbook({ title, text }: Runbook): string {
  return frame({
    title: `${title}: Stormproof runbook`,
    isLive: false,
    bar: html`<nav aria-label="Back"><a href="/">Are we keeping our promise?</a><a href="/#runbooks">All runbooks</a></nav>`,
    main: html`<article class="prose">${renderMarkdown(text)}</article>`,
  });
}

/**
 * The Markdown that runbooks are written in, as HTML: headings, paragraphs, lists in lists, code, emphasis, links to
 * other runbooks. Whatever else there is stays the text that it is. Pure.
 */
export function renderMarkdown(text: string): Markup {
  const lines = text.split('\n');
  const blocks: Markup[] = [];
  while (lines.length > 0) {
    const line = lines[0] ?? '';
    const heading = /^(#{1,3}) (.+)$/.exec(line);
    if (line.trim() === '') lines.shift();
    else if (heading !== null) {
      lines.shift();
      const level = heading[1]?.length ?? 1;
      blocks.push(
        html`${new Markup(`<h${level}>`)}${inline(heading[2] ?? '')}${new Markup(`</h${level}>`)}\n`,
      );
    } else if (line.startsWith('- ')) blocks.push(list(lines, ''));
    else blocks.push(html`<p>${inline(takeText(lines, ''))}</p>\n`);
  }
  return html`${blocks}`;
}

/** Takes a list, and the lists below its items, off the lines. */
function list(lines: string[], indent: string): Markup {
  const items: Markup[] = [];
  while (lines[0]?.startsWith(`${indent}- `)) {
    lines[0] = lines[0].slice(indent.length + 2);
    const text = inline(takeText(lines, `${indent}  `));
    const below = lines[0]?.startsWith(`${indent}  - `) ? list(lines, `${indent}  `) : html``;
    items.push(html`<li>${text}${below}</li>\n`);
  }
  return html`<ul>${items}</ul>\n`;
}

/** Takes the first line, and what goes on with it. */
function takeText(lines: string[], indent: string): string {
  const taken = [lines.shift() ?? ''];
  while (lines[0] !== undefined && lines[0].trim() !== '') {
    const next = lines[0].trimStart();
    const goesOn = lines[0].startsWith(indent) && !next.startsWith('- ') && !next.startsWith('#');
    if (!goesOn) break;
    taken.push(next);
    lines.shift();
  }
  return taken.join(' ');
}

const inlines = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)]+)\)/g;

function inline(text: string): Markup {
  const parts: Markup[] = [];
  let from = 0;
  for (const match of text.matchAll(inlines)) {
    const [whole, code, strong, emphasis, label = '', target = ''] = match;
    parts.push(html`${text.slice(from, match.index)}`);
    from = match.index + whole.length;
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (strong !== undefined) parts.push(html`<strong>${inline(strong)}</strong>`);
    else if (emphasis !== undefined) parts.push(html`<em>${inline(emphasis)}</em>`);
    else parts.push(link(label, target));
  }
  return html`${parts}${text.slice(from)}`;
}

/** Other pages of the repository are not served; their path tells where they are. */
function link(label: string, target: string): Markup {
  const runbook = /^([a-z0-9-]+)\.md$/.exec(target)?.[1];
  return runbook === undefined
    ? html`${label} (<code>${target}</code>)`
    : html`<a href="/runbooks/${runbook}">${label}</a>`;
}
