import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { Decision, Verdict } from '../verdicts.ts';
import { stormReport } from './fixtures/storm.ts';
import { renderJson } from './json.ts';
import { formatCount, formatDuration, wrapText } from './table.ts';
import { renderTerminal } from './terminal.ts';

const plain = picocolors.createColors(false);
const decision: Decision = {
  verdict: 'FAIL',
  reasons: [
    {
      verdict: 'FAIL',
      code: 'lost',
      text: 'lost: 1. The client got a 201 for these orders, but they are gone.',
    },
    { verdict: 'INCONCLUSIVE', code: 'fault', text: 'fault stall was not proven to have acted' },
  ],
};

describe('renderTerminal', () => {
  it('says everything about a storm', async () => {
    await expect(renderTerminal(stormReport(decision), plain)).toMatchFileSnapshot('golden/storm.txt');
  });

  it('keeps to 100 columns', () => {
    const long = Array.from({ length: 60 }, (_, word) => `word${word}`).join(' ');
    const reasons = [{ verdict: 'FAIL', code: 'slo', text: long } as const];
    const phases = [{ name: 'drain', startedAtMs: 0, endedAtMs: 1, remark: long }];
    const report = { ...stormReport({ verdict: 'FAIL', reasons }), topology: long, phases };
    const widths = renderTerminal(report, plain)
      .split('\n')
      .map(({ length }) => length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(100);
  });

  it('says that the next step came before a recovery could be seen', () => {
    const report = stormReport(decision);
    const recoveries = report.recoveries?.map((recovery) => ({
      ...{ ...recovery, step: 'redelivery + rolling-restart + publish-ack-lost' },
      ...{ healedAtMs: report.endedAtMs, recoveredAfterMs: undefined, isOvertaken: true as const },
    }));
    const text = renderTerminal({ ...report, recoveries: recoveries ?? [] }, plain);
    expect(text).toContain('next step came');
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('changes nothing but colours when it colours', () => {
    const coloured = renderTerminal(stormReport(decision), picocolors.createColors(true));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(renderTerminal(stormReport(decision), plain));
    expect(coloured).toContain(picocolors.createColors(true).red('x').slice(0, 5));
  });

  it.each(['PASS', 'FAIL', 'INCONCLUSIVE', 'ABORTED'] as const)('begins with %s', (verdict: Verdict) => {
    expect(renderTerminal(stormReport({ verdict, reasons: [] }), plain).startsWith(`${verdict}  `)).toBe(
      true,
    );
  });

  it('renders a run without load, ledger and faults', () => {
    const bare = {
      ...stormReport(decision),
      load: undefined,
      ledger: undefined,
      faults: [],
      phases: [],
      costs: [],
    };
    expect(renderTerminal(bare, plain)).not.toContain('undefined');
  });
});

describe('renderJson', () => {
  it('is the report with its schema version and verdict first', () => {
    const report = stormReport(decision);
    const document = JSON.parse(renderJson(report));
    expect(Object.keys(document).slice(0, 3)).toEqual(['schemaVersion', 'verdict', 'runId']);
    expect(document).toEqual(JSON.parse(JSON.stringify({ schemaVersion: 1, verdict: 'FAIL', ...report })));
    expect(document.ledger.findings[0]).toMatchObject({
      invariant: 'lost',
      count: 1,
      breaches: { middle: 1 },
    });
  });
});

describe('text', () => {
  it.each([
    [0, '0 s'],
    [999, '999 µs'],
    [4_210, '4.21 ms'],
    [999_499, '999 ms'],
    [999_600, '1.00 s'],
    [2_310_000, '2.31 s'],
    [95_000_000, '95.0 s'],
    [200_000_000, '3 min 20 s'],
  ])('writes %d microseconds as %s', (microseconds, text) => {
    expect(formatDuration(microseconds)).toBe(text);
  });

  it('sets thousands apart', () => {
    expect([0, 999, 1_000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  });

  it('breaks lines between words, and leaves long words whole', () => {
    expect(wrapText('aa bb cc', 7, 2, 4)).toEqual(['  aa bb', '    cc']);
    expect(wrapText('abcdefghij k', 5, 1)).toEqual([' abcdefghij', ' k']);
  });
});
