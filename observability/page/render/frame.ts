import { html, type Markup, nothing } from './markup.ts';

/** What every page of the site has around it. */
export type Frame = {
  readonly title: string;
  /** Whether the page renews itself. */
  readonly isLive: boolean;
  /** What stands beside the name, in the bar. */
  readonly bar: Markup;
  readonly main: Markup;
};

/** A whole document; everything that it loads is its own server's. */
export function frame({ title, isLive, bar, main }: Frame): string {
  const live = html`<script src="/assets/uplot.js" defer></script>
<script type="module" src="/assets/live.js"></script>
`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/page.css">
<script src="/assets/theme.js"></script>
${isLive ? live : nothing}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><a class="brand" href="/">Stormproof</a>${bar}
<div class="tools">${isLive ? html`<p id="connection" class="soft" role="status" hidden></p><button id="pause" type="button" aria-pressed="false" hidden>Pause</button>` : nothing}<button id="theme" type="button" hidden>Theme: system</button></div></header>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>
`.text;
}
