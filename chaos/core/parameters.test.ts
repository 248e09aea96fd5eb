import { expect, test } from 'vitest';
import { fillParameters, parameterProblems } from './parameters.ts';

const parameters = {
  latencyMs: { unit: 'ms', min: 1, max: 60_000, meaning: 'delay' },
  jitterMs: { unit: 'ms', min: 0, max: 60_000, default: 0, meaning: 'variation' },
};

test('what was not given gets its default', () => {
  expect(parameterProblems(parameters, { latencyMs: 5 })).toEqual([]);
  expect(fillParameters(parameters, { latencyMs: 5 })).toEqual({ latencyMs: 5, jitterMs: 0 });
});

test('every bad key is told, with what was found and what was expected', () => {
  expect(parameterProblems(parameters, { jitterMs: -1, latency: 5 })).toEqual([
    'latency: there is no such parameter; expected latencyMs, jitterMs',
    'latencyMs: found nothing, expected 1 to 60000 ms',
    'jitterMs: found -1, expected 0 to 60000 ms',
  ]);
});

test.each([Number.NaN, '5', Infinity])('%j is no value', (latencyMs) => {
  expect(parameterProblems(parameters, { latencyMs })).toHaveLength(1);
});
