import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { exampleResults } from '../fixtures/results.ts';
import { parseResults, ResultsError, renderResults, whyOf } from '../results.ts';
import { boundOfRatio, measuredTurns } from './figures.ts';
import { renderMarkdown } from './markdown.ts';
import { formatRatio } from './numbers.ts';
import { describeLoss } from './prices.ts';
import { renderBenchTerminal } from './terminal.ts';

const plain = { bold: (text: string) => text, dim: (text: string) => text };
const golden = (name: string) => join(import.meta.dirname, '../golden', name);
const docs = join(import.meta.dirname, '../../../docs');

describe('the page', () => {
  it('is what it was (vitest -u rewrites it)', async () => {
    await expect(renderMarkdown(exampleResults)).toMatchFileSnapshot(golden('performance.md'));
  });

  it('has the same figures when they have been written and read', () => {
    const read = parseResults(renderResults(exampleResults));
    expect(renderMarkdown(read)).toBe(renderMarkdown(exampleResults));
  });

  test('in docs is what the figures beside it render to; one without the other says nothing', async () => {
    const [figures, page] = [join(docs, 'performance.json'), join(docs, 'performance.md')];
    expect(existsSync(page)).toBe(existsSync(figures));
    if (!existsSync(figures)) return;
    expect(await readFile(page, 'utf8')).toBe(renderMarkdown(parseResults(await readFile(figures, 'utf8'))));
  });
});

describe('the terminal', () => {
  it('shows the same tables', async () => {
    await expect(renderBenchTerminal(exampleResults, plain)).toMatchFileSnapshot(golden('terminal.txt'));
  });

  it('says that an interrupted run is not whole', () => {
    const text = renderBenchTerminal({ ...exampleResults, wasInterrupted: true }, plain);
    expect(text).toContain('The run was interrupted');
  });

  it('says that a busy machine tells little', () => {
    const machine = { ...exampleResults.machine, loadAverageBefore: [1.4, 1, 1] };
    expect(renderBenchTerminal({ ...exampleResults, machine }, plain)).toContain('The machine was busy');
  });

  it('says that a turn tells little in which the machine was busy', () => {
    expect(renderBenchTerminal(exampleResults, plain)).toContain('during baseline 2');
  });

  it('has no figures of an arm that mistreated orders in any round', () => {
    const text = renderBenchTerminal(exampleResults, plain);
    expect(measuredTurns(exampleResults, 'lazy-fsync')).toEqual([]);
    expect(text).toMatch(/lazy-fsync +2 +violated +lost: 1,204/);
  });

  it('has something to say of a run in which nothing was measured', () => {
    expect(renderBenchTerminal({ ...exampleResults, turns: [], losses: [] }, plain)).toContain('Capacity');
  });
});

describe('a loss', () => {
  it('is counted only where the fault is known to have acted', () => {
    const counts = { accepted: 100, lost: 0, unsettled: 0, chargedWithoutOrder: 0 };
    const of = (verdict: string) =>
      ({ arm: 'baseline', experiment: 'x', verdict, counts, rate: 500, seconds: 40, reasons: [] }) as const;
    expect(describeLoss(of('PASS'))).toBe('0 of 100');
    expect(describeLoss(of('INCONCLUSIVE'))).toBe('0 of 100 (INCONCLUSIVE)');
  });

  it('is none where nobody looked', () => {
    expect(describeLoss(undefined)).toBe('–');
  });
});

test.each(['', 'null', '{}', '{"schemaVersion":2,"turns":[]}', '{"schemaVersion":3}'])(
  '%j is no file of results',
  (text) => {
    expect(() => parseResults(text)).toThrow(ResultsError);
  },
);

test('what went wrong is told in a line, without the log that comes with it', () => {
  expect(whyOf(new Error('order-0 was not ready\nThe end of its log:\n…'))).toBe('order-0 was not ready');
  expect(whyOf('no reason')).toBe('no reason');
});

test('a ratio is bounded as what it is made of', () => {
  expect([boundOfRatio(false, false), boundOfRatio(true, false), boundOfRatio(false, true)]).toEqual([
    '',
    '≥ ',
    '≤ ',
  ]);
  expect(boundOfRatio(true, true)).toBe('? ');
  expect(formatRatio('≥ ', { min: 2, median: 2, max: 2 })).toBe('≥ 2.00 ×');
  expect(formatRatio('≥ ', undefined)).toBe('–');
});
