import pc from 'picocolors';
import { expect, test } from 'vitest';
import { renderSuiteEnd, renderSuiteRow, type SuiteRow } from './suite-text.ts';

const colors = pc.createColors(false);
const passed: SuiteRow = { name: 'storm', verdict: 'PASS', runId: 'storm-1', seconds: 66, reasons: [] };
const failed: SuiteRow = {
  ...{ name: 'leader-killed', verdict: 'FAIL', runId: 'leader-killed-1', seconds: 31 },
  reasons: ['lost: 3. Accepted, and not stored.'],
};
const gap = { name: 'disk-full', why: 'disks that can fail are file systems, which only root may mount' };

test('an experiment that passed takes a line, another says why not', () => {
  expect(renderSuiteRow(passed, colors)).toBe('PASS          storm                           66 s  storm-1');
  expect(renderSuiteRow(failed, colors).split('\n')).toEqual([
    'FAIL          leader-killed                   31 s  leader-killed-1',
    '              lost: 3. Accepted, and not stored.',
  ]);
  const { runId: _runId, ...open } = failed;
  expect(renderSuiteRow(open, colors).split('\n')[0]).toBe(
    'FAIL          leader-killed                   31 s',
  );
  expect(renderSuiteRow(gap, colors)).toContain('not run       disk-full');
});

test('the last line gives the verdict, and what it does not speak of', () => {
  const result = { name: 'full', verdict: 'FAIL', rows: [passed, failed], gaps: [gap], left: 2 } as const;
  expect(renderSuiteEnd(result, colors)).toBe(
    '\nFAIL: full, 1 of 2 experiments passed in 1 min 37 s; 1 cannot run here; 2 left out',
  );
});
