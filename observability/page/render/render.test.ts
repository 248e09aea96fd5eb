import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyState, flowOfNothing, kept } from '../fixtures/state.ts';
import type { Flow, PageState, Span } from '../model.ts';
import { readRunbooks } from '../runbooks.ts';
import type { Row } from '../waterfall.ts';
import { chaosSection } from './chaos.ts';
import { formatAge, formatLast, formatSeconds, formatShare, formatSpan, formatTimes } from './format.ts';
import { renderPage } from './page.ts';
import { promisesSection } from './promises.ts';
import { renderMarkdown, renderRunbook } from './runbook.ts';
import { renderTrace } from './trace.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const nowMs = 1_800_000_000_000;
const hostile = '"><img src=x onerror=alert(1)></script><script>alert(1)</script>';

describe('whatever comes from outside', () => {
  it('is text on the page, and cannot end the element of the figures', () => {
    const ofNow = <T>(value: T) => ({ found: { value, atMs: nowMs } });
    const page = renderPage(
      {
        ...emptyState(nowMs),
        promises: ofNow([{ ...kept('a'), title: hostile }]),
        flow: ofNow({
          ...flowOfNothing,
          faults: [{ fault: hostile, subject: hostile }],
          breakers: [{ instance: hostile, state: hostile }],
          settled: new Map([[hostile, 1]]),
        }),
        history: ofNow({
          ...{ xs: [0, 30], stepSeconds: 30 },
          faults: [{ label: hostile, fromSeconds: 0, toSeconds: 30 }],
          charts: [
            {
              ...{ name: 'orders', title: 'Orders', description: '', unit: 'orders/s' },
              lines: [{ label: hostile, ys: [1, 2] }],
            },
          ],
        }),
        alerts: { failure: hostile },
        traces: ofNow([{ traceId: hostile, orderId: hostile, startMs: 0, durationMs: 1, hasError: false }]),
      },
      [{ name: 'x', title: hostile, text: '' }],
    );
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<script>');
    expect(page.match(/<\/script>/g)).toHaveLength(4);
  });

  it('is text in a search for a trace, and in a span', () => {
    const asked = { traces: true, streams: true };
    const search = { id: hostile, asked, waterfalls: [] };
    expect(renderTrace({ ...search, failures: [hostile] })).not.toContain('<img');
    expect(renderTrace({ ...search, failures: [] })).not.toContain('<img');
    const row: Row = {
      ...{ name: hostile, service: hostile, instance: hostile, attributes: { [hostile]: hostile } },
      ...{ depth: 0, startMs: 0, durationMs: 1, isError: false, isLate: false },
      kind: 'span',
    };
    const waterfall = {
      ...{ origin: 'streams' as const, traceId: hostile, orderId: hostile, orders: 1, notes: [hostile] },
      ...{ startedAtMs: 0, durationMs: 1, rows: [row], spansLeftOut: 0, isPartial: false },
    };
    expect(renderTrace({ ...search, waterfalls: [waterfall], failures: [hostile] })).not.toContain('<img');
  });
});

describe('a page to which nobody has answered', () => {
  it('says so everywhere, and shows no figure', () => {
    const page = renderPage(emptyState(nowMs), []);
    expect(page).toContain('Not known.');
    expect(page).toContain('No figures: no answer has come yet.');
    expect(page).not.toMatch(/\d %/);
  });
});

describe('the card of correctness', () => {
  const audit = { violations: new Map([['lost', 0]]), ageSeconds: 5 };
  const flowAt = (ageMs: number) => ({
    found: { value: { ...flowOfNothing, audit }, atMs: nowMs - ageMs },
    failure: 'refused',
  });
  const cardOf = (flow: PageState['flow']) =>
    promisesSection({ ...emptyState(nowMs), flow })
      .text.replaceAll('\n', ' ')
      .split('data-slo="correctness"')[1];

  it('is there whoever answers, and says what is not known', () => {
    expect(cardOf({ failure: 'refused' })).toMatch(/Not known.*refused/);
    expect(cardOf(flowAt(60_000))).toMatch(/Not known.*refused/);
    expect(cardOf(flowAt(60_000))).not.toContain('Kept');
  });

  it('counts the age of its answer to the age of the audit', () => {
    expect(cardOf(flowAt(20_000))).toContain('audited 25 s ago');
  });
});

it('a budget of which nothing was measured now is not called safe', () => {
  const { burnRateWithoutChaos: _, ...unmeasured } = { ...kept('a'), verdict: 'no-data' as const };
  const promises = { found: { value: [unmeasured], atMs: nowMs } };
  expect(promisesSection({ ...emptyState(nowMs), promises }).text).not.toContain('Nothing burns');
});

describe('faults', () => {
  const fault = { fault: 'kill', subject: 'nats-1' };
  const sentAgo = (ageSeconds: number) => [{ service: 'order', instance: 'order-0', ageSeconds }];
  const telemetry = sentAgo(3);
  const sectionOf = (flow: Partial<Flow>, faults?: readonly Span[]) => {
    const history = { xs: [nowMs / 1_000 - 900, nowMs / 1_000], stepSeconds: 900, charts: [] };
    return chaosSection({
      ...emptyState(nowMs),
      flow: { found: { value: { ...flowOfNothing, ...flow }, atMs: nowMs } },
      ...(faults === undefined ? {} : { history: { found: { value: { ...history, faults }, atMs: nowMs } } }),
    }).text;
  };
  const spanFrom = (secondsAgo: number) => [
    { label: 'kill nats-1', fromSeconds: nowMs / 1_000 - secondsAgo, toSeconds: nowMs / 1_000 },
  ];

  it('are not called absent where nobody would tell of one', () => {
    expect(sectionOf({ telemetry })).toContain('No fault is injected');
    expect(sectionOf({ telemetry: sentAgo(600) })).toContain('Nobody tells');
    expect(sectionOf({})).toContain('Nobody tells');
  });

  it('are there since when that is known', () => {
    expect(sectionOf({ faults: [fault] })).toContain('since when is not known');
    expect(sectionOf({ faults: [fault] }, [])).toContain('just injected');
    expect(sectionOf({ faults: [fault] }, spanFrom(120))).toContain('for about 2 minutes');
    expect(sectionOf({ faults: [fault] }, spanFrom(1_800))).toContain('for at least 30 minutes');
  });
});

describe('runbooks', async () => {
  const runbooks = await readRunbooks(`${root}docs/runbooks`);

  it.each(runbooks.map((runbook) => [runbook.name, runbook] as const))(
    '%s: is drawn whole, and leads to other runbooks',
    (_name, runbook) => {
      const { text } = renderMarkdown(runbook.text);
      expect(text.match(/<h2>/g)).toHaveLength(4);
      expect(text).not.toMatch(/\]\(|`|\*\*/);
      const items = runbook.text.match(/^ *- /gm) ?? [];
      expect(text.match(/<li>/g) ?? []).toHaveLength(items.length);
      for (const [, name] of text.matchAll(/href="\/runbooks\/([^"]+)"/g)) {
        expect(runbooks.map((one) => one.name)).toContain(name);
      }
      expect(renderRunbook(runbook)).toContain(`<title>${runbook.title}: Stormproof runbook</title>`);
    },
  );

  it('are none where there are no docs', async () => {
    await expect(readRunbooks('/nonexistent')).resolves.toEqual([]);
  });

  it('stay text where they are no Markdown of ours', () => {
    const { text } = renderMarkdown('# A\n\n<b>x</b> [y](javascript:alert(1)) | z');
    expect(text).toBe(
      '<h1>A</h1>\n<p>&#60;b&#62;x&#60;/b&#62; y (<code>javascript:alert(1</code>)) | z</p>\n',
    );
  });
});

it('figures are written so that they can be read', () => {
  expect([0, 0.00042, 0.0123, 1.5, 59.94, 200].map(formatSeconds)).toEqual([
    ...['0 s', '420 µs', '12.3 ms', '1.50 s', '59.9 s', '3 minutes'],
  ]);
  expect([1, 0.999999, 0.5, -0.25, undefined].map((share) => formatShare(share, 3))).toEqual([
    ...['100.000 %', '99.999 %', '50.000 %', '−25.000 %', '–'],
  ]);
  expect([0, 0.001, 0.05, 0.4, 14.4, undefined].map(formatTimes)).toEqual([
    ...['0.0×', '< 0.01×', '0.05×', '0.4×', '14×', '–'],
  ]);
  expect([45, 900, 3_600, 21_600, 86_400].map(formatLast)).toEqual([
    ...['45 s', '15 minutes', 'hour', '6 hours', '24 hours'],
  ]);
  expect([formatSpan(432_000), formatAge(1_000), formatAge(12_000)]).toEqual([
    ...['5 days', 'just now', '12 s ago'],
  ]);
});
