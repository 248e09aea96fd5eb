import pc from 'picocolors';
import { describe, expect, it, test } from 'vitest';
import { shapedReport } from './fixtures/storm.ts';
import { renderHtml } from './html/page.ts';
import { plotsOf } from './html/plots.ts';
import { kneeWords, loadWords } from './load-phases.ts';
import { renderTerminal } from './terminal.ts';

const report = shapedReport({ verdict: 'PASS', reasons: [] });

describe('a load with phases', () => {
  it('is told phase by phase at a terminal', () => {
    const text = renderTerminal(report, pc.createColors(false));
    const [, after = ''] = text.split('Phases of the load\n');
    const [lines = ''] = after.split('\n\n');
    expect(lines.split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['orders/s', 'planned', 'sent', 'accepted', '≤ 50 ms', '201', 'promises'],
      ['warm-up', '1,000', '15,000', '15,000', '14,990', '99.99 %', '100.00 %', 'kept (not asked)'],
      ['rush', '1,000 → 1,500', '15,000', '15,000', '14,990', '99.99 %', '100.00 %', 'kept'],
      ['peak', '1,500', '15,000', '15,000', '14,990', '98.12 %', '90.00 %', 'broken'],
      ['recovery', '500', '15,000', '0', '0', '-', '-', 'not known'],
    ]);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'black-friday: 60,000 orders planned, up to 1,500/s, 60 s by k6 (which alone costs 212 µs a request), 10 in',
    );
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('is told phase by phase on the page, and shaded in its plots', () => {
    const page = renderHtml(report, { script: '', style: '' });
    expect(page).toContain('<span class="bad">broken</span>');
    expect(page).toContain('every other phase of the load');
    // The load begins five seconds after the run.
    expect(plotsOf(report).phases?.[1]).toEqual({ label: 'rush', from: 20, to: 35 });
  });
});

test('a load tells how many generators shared it', () => {
  const { load } = report;
  if (load === undefined) throw new Error('the report has a load');
  const manifest = { ...load.manifest, client: 'recorder', generators: 3 } as const;
  expect(loadWords({ ...load, manifest })).toContain(' by 3 recorders');
});

describe('the knee in words', () => {
  it.each([
    [
      { step: 'step 2', rate: 4_000, above: { status: 'not-met', detail: 'too slow' } },
      /at 4,000 orders\/s \(step 2\): .* too slow/,
    ],
    [{ step: 'step 9', rate: 9_000, above: undefined }, /at 9,000 orders\/s \(step 9\) or above/],
    [{ step: 'step 1', rate: 1, above: { status: 'unknown', detail: 'not sent' } }, /or above: .* not sent/],
    [{ step: undefined, rate: undefined, above: { status: 'not-met', detail: '' } }, /No knee/],
  ] as const)('%j', (knee, words) => {
    expect(kneeWords(knee)).toMatch(words);
  });
});
