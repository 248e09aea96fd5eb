import { expect, test } from 'vitest';
import { countTests } from './test.ts';

test("takes the counts from vitest's report", () => {
  const report = JSON.stringify({ numPassedTests: 14, numFailedTests: 2 });
  expect(countTests(report, 1)).toEqual({ passed: 14, failed: 2 });
});

test('counts a failure outside of tests', () => {
  expect(countTests(JSON.stringify({ numPassedTests: 14, numFailedTests: 0 }), 1)).toEqual({
    passed: 14,
    failed: 1,
  });
  expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1 });
});
