import { join } from 'node:path';
import { auditSizes, excuseOf, judgeAudit, judgeRun, runMeasured } from '../loadtests/proofs/index.ts';
import type { LedgerResult, RunReport } from '../verdict/index.ts';
import type { CommandContext, PlatformOptions } from './command.ts';
import { repositoryRoot } from './paths.ts';
import type { ProofPlatform } from './proof-platform.ts';
import type { Proven } from './proof-result.ts';
import { observeFlat } from './proof-steady.ts';

/**
 * The ledger over all orders of a run, as a process of its own.
 *
 * @param runId of a run whose orders the platform still has; undefined: they are sent first, at the rate of the steady load
 */
export async function proveAudit(platform: ProofPlatform, runId: string | undefined): Promise<Proven> {
  const size = auditSizes[platform.size];
  const { options, context } = platform;
  const sent = runId === undefined ? (await observeFlat(platform, 'audit', size)).report : undefined;
  const facts = await auditAlone(sent?.runId ?? runId ?? '', options, context);
  return {
    checks: [...(sent === undefined ? [] : judgeRun(sent)), ...judgeAudit(facts, size.orders)],
    runs: sent === undefined ? [] : [sent],
    excuse: sent === undefined ? undefined : excuseOf([sent], []),
  };
}

/** Audits a run as `stormproof audit --run` does, and tells what that took. */
export async function auditAlone(
  runId: string,
  { dir }: PlatformOptions,
  { signal, terminal }: CommandContext,
): Promise<Parameters<typeof judgeAudit>[0]> {
  terminal.status('audit, as a process of its own');
  const { stdout, seconds, peakBytes } = await runMeasured(
    [
      ...([process.execPath, '--disable-warning=ExperimentalWarning'] as const),
      join(repositoryRoot, 'cli/main.ts'),
      ...['audit', '--run', runId, '--dir', dir, '--json'],
    ],
    signal,
  );
  return { ledger: ledgerOf(stdout), seconds, peakBytes };
}

/** @returns undefined when the audit printed no report: it has said why */
function ledgerOf(stdout: string): LedgerResult | undefined {
  try {
    return (JSON.parse(stdout) as RunReport).ledger;
  } catch {
    return undefined;
  }
}
