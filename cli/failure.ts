import { FaultError } from '../chaos/index.ts';
import { NodeError } from '../infra/node/index.ts';
import { OpenSloError, PrometheusError } from '../observability/slo/index.ts';
import { ActionError } from '../services/dead-letters/index.ts';
import { BackupError } from '../targets/backup/index.ts';
import { TargetError } from '../targets/target.ts';
import { ToolError } from '../tools/index.ts';
import { exitCodes, HistoryError, JournalError, ReportError } from '../verdict/index.ts';

/** The command line asks for something that cannot be: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A person or a supervisor asked the command to end: exit code 12, as for a run that was aborted. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

const explained = [
  UsageError,
  FaultError,
  TargetError,
  ActionError,
  BackupError,
  NodeError,
  ToolError,
  HistoryError,
  JournalError,
  ReportError,
  OpenSloError,
  PrometheusError,
];

/**
 * What to tell a person about an error, and the exit code it means.
 *
 * Errors that explain themselves, and the system's (a full disk), are told in their own words; of anything else the stack is what a maintainer needs.
 */
export function explainFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof AggregateError) {
    const parts = error.errors.map((part) => explainFailure(part).text);
    return { text: [error.message, ...parts].join('\n'), exitCode: 1 };
  }
  if (error instanceof InterruptedError) {
    return {
      text: `stopped by ${error.message}; nothing was left running or broken`,
      exitCode: exitCodes.ABORTED,
    };
  }
  if (explained.some((kind) => error instanceof kind)) {
    return { text: (error as Error).message, exitCode: error instanceof UsageError ? 2 : 1 };
  }
  if (error instanceof Error && 'syscall' in error) return { text: error.message, exitCode: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 };
}
