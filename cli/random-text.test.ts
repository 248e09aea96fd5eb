import { expect, test } from 'vitest';
import type { ReportFault, RunReport } from '../verdict/index.ts';
import { renderRandomFigures } from './random-text.ts';

const fault = (name: string, fromMs: number, toMs: number, isProven = true): ReportFault => ({
  ...{ name, target: 'payment-0', injectedAtMs: fromMs, healedAtMs: toMs },
  ...{ isProven, proof: '', measurements: {} },
});

function reportOf(
  verdict: 'PASS' | 'FAIL',
  faults: readonly ReportFault[],
  findings: object[] = [],
): RunReport {
  const ledger = { counts: { accepted: 1_000, charged: 990, charges: 995 }, findings };
  return { decision: { verdict, reasons: [] }, faults, ledger } as unknown as RunReport;
}

test('figures of several runs: verdicts, orders, violations, and faults with their proofs', () => {
  const text = renderRandomFigures([
    reportOf('PASS', [fault('kill', 0, 2), fault('latency', 1, 3), fault('kill', 5, 6)]),
    reportOf('PASS', [fault('stall', 0, 2)]),
    reportOf(
      'FAIL',
      [fault('kill', 0, 2, false)],
      [
        { count: 3, isExpected: false },
        { count: 9, isExpected: true },
      ],
    ),
  ]);
  expect(text.split('\n')).toEqual([
    'seeds               3  2 PASS, 1 FAIL',
    'faults              5  2 of them together with others',
    'orders accepted  3000',
    'charges          2985',
    'violations          3  lost, doubled or otherwise wrong',
    '',
    'fault    injected  proven  subjects',
    'kill            3       2         1',
    'latency         1       1         1',
    'stall           1       1         1',
  ]);
});
