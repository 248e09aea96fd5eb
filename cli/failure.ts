import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors as natsErrors } from '@nats-io/nats-core';
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

/** Whoever knows or decides cannot be asked now; the command may be repeated later: exit code 3. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
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

/** What brokers answer, or fail to; the client's other errors are of a program that uses it wrongly. */
const ofBrokers = [
  JetStreamApiError,
  JetStreamError,
  natsErrors.AuthorizationError,
  natsErrors.ClosedConnectionError,
  natsErrors.ConnectionError,
  natsErrors.DrainingConnectionError,
  natsErrors.NoRespondersError,
  natsErrors.PermissionViolationError,
  natsErrors.RequestError,
  natsErrors.TimeoutError,
];

/**
 * What to tell a person about an error, and the exit code it means.
 *
 * Errors that explain themselves, the system's (a full disk), and those of whoever was asked for something are told in words;
 * of anything else the stack is what a maintainer needs.
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
  if (error instanceof UnavailableError) return { text: error.message, exitCode: 3 };
  if (explained.some((kind) => error instanceof kind)) {
    return { text: (error as Error).message, exitCode: error instanceof UsageError ? 2 : 1 };
  }
  return { text: textOf(error), exitCode: 1 };
}

/** What to do about errors of the system whose words do not say it; some do not even say where. */
const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk that was written to is full: free some space, or use another --dir',
  EDQUOT: 'the quota of the disk that was written to is used up: free some space, or use another --dir',
  EROFS: 'what was written to can only be read: use another --dir',
  EADDRINUSE: 'another program has that port: end it, or choose another port',
};

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (ofBrokers.some((kind) => error instanceof kind)) {
    return `the brokers did not do what they were asked for: ${error.message}; \`status\` says which of them are ready, and more than half must be`;
  }
  if (isSystemError(error)) {
    const hint = hints[String((error as NodeJS.ErrnoException).code)];
    return hint === undefined ? error.message : `${error.message}; ${hint}`;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `no answer in time: ${error.message}`;
  // What fetch throws says nothing; its cause says who could not be reached.
  if (error instanceof TypeError && error.message === 'fetch failed' && error.cause instanceof Error) {
    return `no answer: ${reasonOf(error.cause)}; \`status\` says what is not ready`;
  }
  return error.stack ?? error.message;
}

/** Errors of the operating system, and of a database's file. */
function isSystemError(error: Error): boolean {
  return 'syscall' in error || ('code' in error && error.code === 'ERR_SQLITE_ERROR');
}

/** Of the addresses that a name stands for, the last says as much as all. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError ? String(error.errors.at(-1)?.message) : error.message;
}
