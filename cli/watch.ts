import type { Command } from 'commander';
import { auditTarget, awaitDrain } from '../chaos/index.ts';
import { operationMetrics } from '../observability/names/operations.ts';
import { delay, startTelemetry, type Telemetry } from '../services/runtime/index.ts';
import type { Target } from '../targets/target.ts';
import { exitCodes, type LedgerResult, type Verdict, whole } from '../verdict/index.ts';
import { formatCount } from '../verdict/report/table.ts';
import {
  type CommandContext,
  createContext,
  type PlatformOptions,
  wholeNumber,
  withTargetOptions,
} from './command.ts';
import { attachRunning } from './platform.ts';

/** How long a round waits for the platform to be at rest: some invariants can be checked only then. */
const restMs = 2_000;

/** `stormproof watch`: the audit as a small process beside the platform, which tells Prometheus what it finds. */
export function registerWatch(program: Command): void {
  withTargetOptions(
    program
      .command('watch')
      .description('audit the running platform again and again, so that alerts can tell'),
  )
    .option('--every <seconds>', 'how long to wait between two audits', wholeNumber(1, 86_400), 30)
    .addHelpText(
      'after',
      `
Examples:
  $ stormproof watch &
  $ stormproof watch --every 300 --target kubernetes

Needs no client history: it compares the streams, the provider's ledger and the projections. Ends with Ctrl-C: exit code 0
when every audit was clean, 10 when one found something, 11 when none could finish.`,
    )
    .action(async (options: PlatformOptions & { every: number }) => {
      const context = createContext(options);
      const target = await attachRunning(options, context.signal);
      const { collectorOtlpHttp } = await target.addresses();
      const endpoint = collectorOtlpHttp === '' ? undefined : collectorOtlpHttp;
      if (endpoint === undefined)
        context.terminal.warn('there is no Collector to tell: findings are only printed');
      const telemetry = startTelemetry({ service: 'audit', instance: 'audit-0', endpoint });
      const verdict = await watchLedger(target, options.every * 1_000, telemetry, context);
      await telemetry.shutdown();
      process.exitCode = exitCodes[verdict];
    });
}

/** @returns, when the signal aborts, the verdict of all audits together; none at all proves nothing */
async function watchLedger(
  target: Target,
  everyMs: number,
  telemetry: Telemetry,
  { terminal, signal }: CommandContext,
): Promise<Verdict> {
  let newest: LedgerResult | undefined;
  let finishedAtMs: number | undefined;
  observeViolations(telemetry, () => newest);
  observeTime(telemetry, () => finishedAtMs);
  let verdict: Verdict = 'INCONCLUSIVE';
  while (!signal.aborted) {
    try {
      newest = await auditNow(target, signal);
      finishedAtMs = Date.now();
      if (newest.findings.length > 0) verdict = 'FAIL';
      else if (verdict === 'INCONCLUSIVE') verdict = 'PASS';
      terminal.print(`${new Date().toISOString()}  ${describe(newest)}`);
      terminal.printJson({ at: new Date(), ledger: newest });
    } catch (error) {
      // What was found before says nothing about now; that nothing is found is an alert of its own.
      newest = undefined;
      terminal.warn(`no audit this time: ${error instanceof Error ? error.message : String(error)}`);
    }
    await delay(everyMs, signal);
  }
  return verdict;
}

async function auditNow(target: Target, signal: AbortSignal): Promise<LedgerResult> {
  const rest = await awaitDrain({ target, timeoutMs: restMs, signal, onProgress: () => {} });
  return auditTarget({
    target,
    runId: undefined,
    history: undefined,
    starts: {},
    drain: rest.isDrained ? whole : { kind: 'part', why: rest.left },
    onProgress: () => {},
  });
}

/** Reports, with every export, what the newest audit could check, and nothing of what it could not. */
function observeViolations({ meter }: Telemetry, newest: () => LedgerResult | undefined): void {
  const { name, unit, description } = operationMetrics.auditViolations;
  meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
    const ledger = newest();
    for (const invariant of ledger?.checked ?? []) {
      const finding = ledger?.findings.find((one) => one.invariant === invariant);
      result.observe(finding?.count ?? 0, { invariant });
    }
  });
}

/** Reports when the newest audit was finished: one that hangs sends what the one before it found, which gets old. */
function observeTime({ meter }: Telemetry, finishedAtMs: () => number | undefined): void {
  const { name, unit, description } = operationMetrics.auditTime;
  meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
    const atMs = finishedAtMs();
    if (atMs !== undefined) result.observe(atMs / 1_000);
  });
}

function describe({ counts, checked, findings }: LedgerResult): string {
  const found = findings.map(({ invariant, count }) => `${invariant} ${formatCount(count)}`).join(', ');
  return `${formatCount(counts.stored)} orders, ${checked.length} invariants checked: ${found === '' ? 'all hold' : found}`;
}
