import pc from 'picocolors';
import { expect, test } from 'vitest';
import { experimentNamed, planExperiment } from '../chaos/index.ts';
import { renderShrinkResult, renderShrinkTry } from './shrink-text.ts';

const colors = pc.createColors(false);
const experiment = planExperiment(experimentNamed('provider-down'));
const [step] = experiment.steps;

test('each run tells its verdict and its faults', () => {
  const faults = step?.faults ?? [];
  const decision = { verdict: 'FAIL', reasons: [] } as const;
  expect(renderShrinkTry({ faults, decision, isFailure: true }, colors)).toBe(
    'FAIL          stall (edge payment-psp)',
  );
  expect(renderShrinkTry({ faults: [], decision, isFailure: false }, colors)).toBe(
    'FAIL          no fault at all',
  );
});

test('the result tells how many faults it takes, and whether fewer might do', () => {
  const result = { isReproduced: true, experiment, code: 'lost', isMinimal: true } as const;
  expect(renderShrinkResult(result, colors)).toMatch(
    /^\nlost: it takes 1 fault to fail\n.*stall \(edge payment-psp\)$/,
  );
  expect(renderShrinkResult({ ...result, isMinimal: false }, colors)).toContain(
    'or fewer: not all of them were shown to be needed',
  );
  expect(renderShrinkResult({ ...result, experiment: { ...experiment, steps: [] } }, colors)).toContain(
    'it fails without any fault',
  );
});
