import pc from 'picocolors';
import { expect, test } from 'vitest';
import { type CoverageRun, coverageOf, experimentNamed, faultKinds } from '../chaos/index.ts';
import { platform } from '../topology/index.ts';
import { renderCoverage } from './coverage-text.ts';

const plan = experimentNamed('partition-majority');
const faults = { kill: faultKinds.kill, partition: faultKinds.partition };

function render(...runs: readonly CoverageRun[]) {
  const lines = renderCoverage(coverageOf(platform, faults, [plan], runs), pc.createColors(false)).split(
    '\n',
  );
  const row = (subject: string) =>
    lines
      .find((line) => line.startsWith(subject))
      ?.slice(subject.length)
      .trim();
  return { lines, row, text: lines.join(' ') };
}

function killed(instance: string, verdict: 'PASS' | 'FAIL', startedAtMs: number): CoverageRun {
  const fault = { injectedAtMs: 1, healedAtMs: 2, isProven: true, proof: '', measurements: {} };
  return {
    ...{ runId: `run-${startedAtMs}`, kind: 'a-run', startedAtMs, decision: { verdict, reasons: [] } },
    faults: [{ name: 'kill', target: instance, ...fault }],
  };
}

test('the matrix tells what was never tried from what no experiment does and what cannot be', () => {
  const { row, text } = render();
  expect(row('nats-nats ')).toBe('○');
  expect(row('nats ')).toBe('·');
  expect(row('payment-psp')).toBe('');
  expect(text).toContain('● proven safe: 0, ✗ violated: 0, ? inconclusive: 0, ○ never tried: 1');
});

test('what was tried shows its newest run, the violated before the safe', () => {
  const { lines, row } = render(
    killed('order-0', 'FAIL', 1),
    killed('order-1', 'PASS', 2),
    killed('nats-0', 'FAIL', 3),
  );
  expect(row('order ')).toBe('●');
  expect(row('nats ')).toBe('✗');
  expect(lines.slice(-2)).toEqual(['violated     nats   kill  run-3', 'proven safe  order  kill  run-2']);
});
