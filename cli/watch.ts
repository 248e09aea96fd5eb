import type { Command } from 'commander';
import { auditOnce, describeAudit, type NewestAudit, observeAudits } from '../chaos/index.ts';
import { delay, startTelemetry, type Telemetry } from '../services/runtime/index.ts';
import type { Target } from '../targets/target.ts';
import { exitCodes, type Verdict } from '../verdict/index.ts';
import {
  type CommandContext,
  createContext,
  type PlatformOptions,
  wholeNumber,
  withTargetOptions,
} from './command.ts';
import { attachRunning } from './platform.ts';

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
  let newest: NewestAudit = { ledger: undefined, finishedAtMs: undefined };
  observeAudits(telemetry, () => newest);
  let verdict: Verdict = 'INCONCLUSIVE';
  while (!signal.aborted) {
    try {
      const ledger = await auditOnce(target, signal);
      newest = { ledger, finishedAtMs: Date.now() };
      if (ledger.findings.length > 0) verdict = 'FAIL';
      else if (verdict === 'INCONCLUSIVE') verdict = 'PASS';
      terminal.print(`${new Date().toISOString()}  ${describeAudit(ledger)}`);
      terminal.printJson({ at: new Date(), ledger });
    } catch (error) {
      // What was found before says nothing about now; that nothing is found is an alert of its own.
      newest = { ...newest, ledger: undefined };
      terminal.warn(`no audit this time: ${error instanceof Error ? error.message : String(error)}`);
    }
    await delay(everyMs, signal);
  }
  return verdict;
}
