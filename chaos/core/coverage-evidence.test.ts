import { expect, test } from 'vitest';
import { edgeName, platform } from '../../topology/index.ts';
import type { Verdict } from '../../verdict/index.ts';
import { faultKinds } from '../faults/index.ts';
import { type CoverageRun, evidenceOf } from './coverage-evidence.ts';

const edges = platform.edges.map((edge) => ({ name: edgeName(edge), protocol: edge.protocol }));
const kinds: Readonly<Record<string, (typeof faultKinds)[keyof typeof faultKinds]>> = faultKinds;
const evidence = (...runs: readonly CoverageRun[]) =>
  evidenceOf(runs, edges, (fault) => kinds[fault]?.actsOn);

function run(
  verdict: Verdict,
  faults: readonly (readonly [name: string, target: string, isProven?: boolean])[],
  other: Partial<CoverageRun> = {},
): CoverageRun {
  return {
    ...{ runId: 'run-1', kind: 'an-experiment', startedAtMs: 1_000, decision: { verdict, reasons: [] } },
    faults: faults.map(([name, target, isProven = true]) => ({
      ...{ name, target, isProven, injectedAtMs: 1_000, healedAtMs: 2_000, proof: '', measurements: {} },
    })),
    ...other,
  };
}

test.each([
  ['stall', 'payment-psp', ['payment-psp']],
  ['partition', 'nats-1 (leads ORDERS), which cannot receive', ['nats-nats']],
  ['kill', 'payment-0', ['payment']],
  ['power-loss', 'nats-0, nats-1, nats-2', ['nats']],
  ['bit-flip', 'disk of nats-1 (leads ORDERS)', ['nats']],
  ['rolling-restart', 'order', ['order']],
  ['provider-slow', 'psp', ['psp']],
  ['stream-full', 'ORDERS', ['nats']],
  ['a-kind-of-old', 'payment-0', []],
])('%s on %s is about %j', (fault, target, subjects) => {
  expect(evidence(run('PASS', [[fault, target]])).map(({ subject }) => subject)).toEqual(subjects);
});

test.each([
  ['PASS', true, 'proven safe'],
  ['FAIL', true, 'violated'],
  ['INCONCLUSIVE', true, 'inconclusive'],
  ['ABORTED', true, 'inconclusive'],
  ['PASS', false, 'inconclusive'],
  ['FAIL', false, 'inconclusive'],
] as const)('%s, proven %s: %s', (verdict, isProven, outcome) => {
  expect(evidence(run(verdict, [['kill', 'order-0', isProven]]))).toMatchObject([{ outcome }]);
});

test('the newest run comes first', () => {
  const kill = [['kill', 'order-0']] as const;
  const old = run('FAIL', kill, { runId: 'old' });
  const recent = run('PASS', kill, { runId: 'recent', startedAtMs: 2_000 });
  expect(evidence(old, recent).map(({ runId }) => runId)).toEqual(['recent', 'old']);
});

test('a newer run that showed nothing hides no violation', () => {
  const kill = [['kill', 'order-0']] as const;
  const violated = run('FAIL', kill, { runId: 'violated' });
  const open = run('INCONCLUSIVE', kill, { runId: 'open', startedAtMs: 2_000 });
  expect(evidence(violated, open).map(({ runId }) => runId)).toEqual(['violated', 'open']);
});

test('a run of a platform that was made wrong on purpose says nothing', () => {
  const sabotaged = run('FAIL', [['kill', 'order-0']], { deviations: ['order runs elsewhere.ts'] });
  expect(evidence(sabotaged)).toEqual([]);
});
