import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Command, Option } from 'commander';
import { repositoryRoot } from './paths.ts';

/**
 * `stormproof test`: every test of the platform, with the real programs. Ends with the line `N passed, N failed` and
 * exit code 0 only when at least one test ran and none failed.
 */
export function registerTest(program: Command): void {
  program
    .command('test')
    .description('run the tests of Stormproof itself, with the real programs')
    .option('--kubernetes', 'also run the tests on a Kubernetes node of this machine (Linux, root)')
    .option('--chaos', 'also run the quick suite of experiments')
    .option(
      '--proofs',
      'also run the proofs of a busy day, scaled down, and a minute of garbage and of fuzzing',
    )
    .option(
      '--long',
      'also run the tests that take many minutes (every experiment, outages, the proofs at full size)',
    )
    .addOption(new Option('--only <project>', 'one kind of tests').choices(['unit', 'integration', 'e2e']))
    .argument('[filters...]', 'only test files whose path contains one of these')
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof test                       everything that is run by habit (about 16 minutes)
  $ stormproof test --kubernetes          and \`pulumi up\` on a real node (11 minutes more)
  $ stormproof test --chaos               and the quick suite of experiments (3 minutes more)
  $ stormproof test --proofs              and what a busy day must show, scaled down (5 minutes more)
  $ stormproof test --long                and what takes longer: every experiment, every sabotage,
                                          and the proofs at 10,000 orders/s, which want the machine for themselves
  $ stormproof test --only unit verdict   the unit tests below verdict/`,
    )
    .action(async (filters: string[], options: TestOptions) => {
      process.exitCode = await runTests(filters, options);
    });
}

type TestOptions = {
  readonly kubernetes?: boolean;
  readonly chaos?: boolean;
  readonly proofs?: boolean;
  readonly long?: boolean;
  readonly only?: string;
};

async function runTests(filters: readonly string[], options: TestOptions): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-test-'));
  const resultFile = join(directory, 'result.json');
  try {
    const vitest = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        join(repositoryRoot, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${resultFile}`,
        ...(options.only === undefined ? [] : ['--project', options.only]),
        ...filters,
      ],
      {
        cwd: repositoryRoot,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...process.env,
          ...(options.kubernetes === true ? { STORMPROOF_TEST_KUBERNETES: '1' } : {}),
          ...(options.chaos === true ? { STORMPROOF_TEST_CHAOS: '1' } : {}),
          ...(options.proofs === true ? { STORMPROOF_TEST_PROOFS: '1' } : {}),
          ...(options.long === true ? { STORMPROOF_TEST_LONG: '1' } : {}),
        },
      },
    );
    // vitest gets the terminal's Ctrl-C itself and tears its processes down; this one waits for it.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => vitest.kill('SIGTERM'));
    const exitCode = await new Promise<number>((resolve, reject) => {
      vitest.on('error', reject);
      vitest.on('close', (code) => resolve(code ?? 1));
    });
    const result = await readFile(resultFile, 'utf8').catch(() => undefined);
    const outcome = readTestReport(result, exitCode);
    process.stdout.write(`\n${renderOutcome(outcome)}`);
    return outcome.failed === 0 && outcome.passed > 0 ? exitCode : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export type TestOutcome = {
  readonly passed: number;
  readonly failed: number;
  /** What failed to the end, and what failed at first but passed when it was run again. */
  readonly failures: readonly TestFailure[];
  readonly passedAgain: readonly TestFailure[];
};

type TestFailure = { readonly test: string; readonly why: string };

/** As much of vitest's JSON report as is read here. A test that passed when it was run again keeps its messages. */
type VitestReport = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
};

/**
 * What vitest's JSON report says. What failed outside a test (a hook, an unhandled rejection, vitest itself) counts as one
 * failure, so that the closing line never says less than the exit code.
 *
 * @param report undefined when vitest left none
 */
export function readTestReport(report: string | undefined, exitCode: number): TestOutcome {
  const {
    numPassedTests: passed,
    numFailedTests,
    testResults = [],
  }: VitestReport = report === undefined ? { numPassedTests: 0, numFailedTests: 0 } : JSON.parse(report);
  const troubled = testResults.flatMap((file) =>
    file.assertionResults.flatMap(({ fullName, status, failureMessages }) =>
      (failureMessages ?? []).length === 0
        ? []
        : [
            {
              status,
              test: `${relative(repositoryRoot, file.name)}: ${fullName}`,
              why: firstLine(failureMessages?.[0]),
            },
          ],
    ),
  );
  const files = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((result) => result.status !== 'failed'),
  );
  const failed = numFailedTests + (exitCode !== 0 && numFailedTests === 0 ? 1 : 0);
  return {
    passed,
    failed,
    failures: [
      ...troubled.filter(({ status }) => status === 'failed'),
      ...files.map(({ name, message }) => ({
        test: relative(repositoryRoot, name),
        why: firstLine(message),
      })),
    ],
    passedAgain: troubled.filter(({ status }) => status === 'passed'),
  };
}

/** A few words for whoever sees only the end of the output, and the closing line. */
export function renderOutcome({ passed, failed, failures, passedAgain }: TestOutcome): string {
  const lines = (title: string, some: readonly TestFailure[]) =>
    some.length === 0 ? [] : [title, ...some.map(({ test, why }) => `  ${test}\n    ${why}`), ''];
  return [
    ...lines('Failed:', failures),
    ...lines('Failed once, and passed when run again:', passedAgain),
    `${passed} passed, ${failed} failed\n`,
  ].join('\n');
}

/** The first line with words in it, as far as a terminal shows it. */
function firstLine(message = ''): string {
  const line = message.split('\n').find((text) => text.trim() !== '') ?? 'no message';
  return line.trim().slice(0, 300);
}
