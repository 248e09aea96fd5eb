import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from './paths.ts';
import { readTestReport, renderOutcome } from './test.ts';

const failed = (fullName: string, message: string) => ({
  fullName,
  status: 'failed',
  failureMessages: [message],
});
const file = (status: string, ...assertionResults: unknown[]) => ({
  name: join(repositoryRoot, 'chaos/some.test.ts'),
  status,
  assertionResults,
});

test("takes the counts from vitest's report", () => {
  const report = JSON.stringify({ numPassedTests: 14, numFailedTests: 2 });
  expect(readTestReport(report, 1)).toMatchObject({ passed: 14, failed: 2 });
});

test('counts a failure outside of tests', () => {
  expect(readTestReport(JSON.stringify({ numPassedTests: 14, numFailedTests: 0 }), 1)).toMatchObject({
    passed: 14,
    failed: 1,
  });
  expect(readTestReport(undefined, 1)).toMatchObject({ passed: 0, failed: 1 });
});

test('says last what failed, why, and what needed a second try', () => {
  const report = JSON.stringify({
    numPassedTests: 2,
    numFailedTests: 1,
    testResults: [
      file(
        'failed',
        failed('a broker comes back', '\nError: not within 20 s\n    at some.test.ts:3'),
        { ...failed('a proxy answers', 'Error: refused'), status: 'passed' },
        { fullName: 'a third', status: 'passed', failureMessages: [] },
      ),
      { ...file('failed'), message: 'the platform did not start' },
    ],
  });
  expect(renderOutcome(readTestReport(report, 1))).toMatchInlineSnapshot(`
    "Failed:
      chaos/some.test.ts: a broker comes back
        Error: not within 20 s
      chaos/some.test.ts
        the platform did not start

    Failed once, and passed when run again:
      chaos/some.test.ts: a proxy answers
        Error: refused

    2 passed, 1 failed
    "
  `);
});
