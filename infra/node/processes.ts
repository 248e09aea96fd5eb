import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { NodeError } from './errors.ts';
import { systemPath } from './system.ts';

/**
 * Every process that is started for a node bears this variable with the node's directory, so that it is found whoever
 * started it and whether or not that was ever recorded. Processes in pods do not bear it; they end with the node's
 * first process.
 */
const markVariable = 'STORMPROOF_NODE';

export type MarkedProcess = { readonly pid: number; readonly argv: readonly string[] };

const pollMs = 20;
const endDeadlineMs = 20_000;

/** Living processes that were started for the node of a directory. */
export function findMarked(runDir: string): readonly MarkedProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isMarked(pid, runDir))
    .map((pid) => ({ pid, argv: readList(`/proc/${pid}/cmdline`) }));
}

export function isMarked(pid: number, runDir: string): boolean {
  return readList(`/proc/${pid}/environ`).includes(`${markVariable}=${runDir}`);
}

/**
 * Kills what was started for the node of a directory, and waits until it is gone.
 *
 * @returns whether there was anything
 */
export async function endMarked(runDir: string): Promise<boolean> {
  const deadline = performance.now() + endDeadlineMs;
  const killed = new Set<number>();
  for (;;) {
    for (const { pid } of findMarked(runDir)) {
      killed.add(pid);
      kill(pid);
    }
    // A namespace's first process ends only after all others of it, and bears no mark any more meanwhile.
    const remaining = [...killed].filter(isAlive);
    if (remaining.length === 0) return killed.size > 0;
    if (performance.now() >= deadline) {
      throw new NodeError('busy', `processes ${remaining.join(', ')} do not end although they were killed`);
    }
    await delay(pollMs);
  }
}

/**
 * Starts a program that outlives this one, in a session of its own, its output appended to a log file.
 *
 * @throws NodeError `refused` when it cannot be started
 */
export async function startMarked(
  argv: readonly string[],
  options: { readonly runDir: string; readonly logFile: string },
): Promise<number> {
  const [program = '', ...args] = argv;
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      cwd: '/',
      env: { PATH: systemPath, [markVariable]: options.runDir },
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child.pid ?? 0;
  } catch (cause) {
    throw new NodeError('refused', `${program} cannot be started: ${(cause as Error).message}`, { cause });
  } finally {
    closeSync(log);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A zombie counts as gone: it holds nothing, and whose child it is may never look. */
function isAlive(pid: number): boolean {
  const state = /^State:\s+(\S)/m.exec(readText(`/proc/${pid}/status`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function readList(path: string): readonly string[] {
  return readText(path).split('\0').slice(0, -1);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended before or while it was read, or is another user's.
    return '';
  }
}
