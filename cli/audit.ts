import { access } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { auditTarget, awaitDrain, describeTopology } from '../chaos/index.ts';
import { openSharedHistory, readK6History } from '../loadtests/index.ts';
import { decideVerdict, type HistorySource, openHistory, type RunReport, whole } from '../verdict/index.ts';
import {
  createCommandTerminal,
  newRunId,
  type PlatformOptions,
  runsDirOf,
  withTargetOptions,
} from './command.ts';
import { showWhole, writeReport } from './experiment.ts';
import { UsageError } from './failure.ts';
import { attachRunning } from './platform.ts';

/** How long an audit waits for a platform that is still at work. */
const drainMs = 15_000;

/** `stormproof audit`: the ledger over what a running platform holds. */
export function registerAudit(program: Command): void {
  withTargetOptions(program.command('audit').description('audit every order that the running platform holds'))
    .option('--run <id>', "only this run's orders, against what its client saw")
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof audit                                       streams x provider ledger x projections
  $ stormproof audit --run load-20261124-183005-3f9a       the same with the client history of a run
  $ stormproof audit --json | jq '.ledger.findings'
  $ stormproof audit --target kubernetes                   of the platform that \`pulumi up\` made`,
    )
    .action(async (options: PlatformOptions & { run?: string }) => {
      const terminal = createCommandTerminal(options);
      const startedAtMs = Date.now();
      const loadAverageBefore = loadavg()[0] ?? 0;
      const target = await attachRunning(options);
      const history = options.run === undefined ? undefined : await openRun(options, options.run);
      const drain = await awaitDrain({
        target,
        timeoutMs: drainMs,
        onProgress: ({ pending, ackPending }) =>
          terminal.status(`waiting for rest: ${pending} groups to deliver, ${ackPending} to acknowledge`),
      });
      const ledger = await auditTarget({
        target,
        runId: options.run,
        history,
        starts: {},
        drain: drain.isDrained ? whole : { kind: 'part', why: drain.left },
        onProgress: ({ step, done }) => terminal.status(`audit: ${step}, ${done}`),
      });
      const notApplicable = { status: 'not-applicable' } as const;
      const report: RunReport = {
        runId: newRunId('audit', new Date(startedAtMs), Math.random()),
        kind: 'audit',
        target: target.description,
        topology: describeTopology(target),
        seed: history?.manifest.seed ?? 0,
        startedAtMs,
        endedAtMs: Date.now(),
        decision: decideVerdict({
          ledger,
          steadyState: notApplicable,
          faults: [],
          load: 'not-applicable',
          generator: notApplicable,
          drain: drain.isDrained ? { status: 'met' } : { status: 'not-met', detail: drain.left },
          rollback: notApplicable,
          interruptedBy: undefined,
          slos: [],
        }),
        phases: [],
        faults: [],
        load: undefined,
        ledger,
        costs: [],
        machine: {
          cores: availableParallelism(),
          loadAverageBefore,
          loadAverageAfter: loadavg()[0] ?? 0,
        },
        links: [],
      };
      showWhole(report, terminal);
      await writeReport(report, join(runsDirOf(options), report.runId), terminal);
    });
}

/**
 * The client history of a run of the state directory.
 *
 * @throws UsageError when there is no such run
 */
export async function openRun(options: PlatformOptions, runId: string): Promise<HistorySource> {
  const directory = join(runsDirOf(options), runId, 'load');
  await access(join(directory, 'run.json')).catch(() => {
    throw new UsageError(
      `there is no client history of a run ${JSON.stringify(runId)} in ${runsDirOf(options)}`,
    );
  });
  const recorded = await openHistory(directory);
  if (recorded.manifest.generators !== undefined) return openSharedHistory(directory, recorded.manifest);
  return recorded.manifest.client === 'k6' ? readK6History(directory) : recorded;
}
