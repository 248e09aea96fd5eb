import { expect, test } from 'vitest';
import { platform } from '../../topology/index.ts';
import { experimentNamed, experiments } from '../experiments/index.ts';
import { faultKinds } from '../faults/index.ts';
import { coverageOf } from './coverage.ts';

const coverage = coverageOf(platform, faultKinds, experiments, []);

function cell(subject: string, fault: string, { rows, faults } = coverage) {
  const row = rows.find((candidate) => candidate.subject === subject);
  return row?.cells[faults.indexOf(fault)];
}

test('a cell names the experiments that inject the fault there', () => {
  expect(cell('payment-psp', 'stall')).toEqual({
    isApplicable: true,
    experiments: ['storm', 'provider-down', 'alerts-provider-down'],
    runs: [],
  });
  expect(cell('nats', 'kill')?.experiments).toContain('brokers-all-killed');
  expect(cell('nats', 'step-down')?.experiments).toEqual(['leader-steps-down']);
  expect(cell('psp', 'provider-lies')?.experiments).toEqual(['provider-lies']);
});

test('what a fault can do and no experiment does is told from what it cannot do', () => {
  const ofOne = coverageOf(platform, faultKinds, [experimentNamed('leader-killed')], []);
  expect(cell('order', 'slow-start', ofOne)).toMatchObject({ isApplicable: true, experiments: [] });
  expect(cell('order', 'stall')).toMatchObject({ isApplicable: false, experiments: [] });
  expect(cell('nats-nats', 'stall')).toMatchObject({ isApplicable: false, experiments: [] });
  expect(cell('nats-nats', 'partition')?.experiments).toContain('partition-minority');
});

test('no experiment injects a fault where it cannot act', () => {
  const cells = coverage.rows.flatMap((row) => row.cells);
  expect(cells.filter(({ isApplicable, experiments }) => !isApplicable && experiments.length > 0)).toEqual(
    [],
  );
});
