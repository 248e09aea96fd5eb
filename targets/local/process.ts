import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { TargetError } from '../target.ts';

/**
 * A process that cannot be mistaken for a later one with the same id: a process id is used again, but not with the
 * same start time in the same boot of the machine.
 */
export type ProcessRef = {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot; see proc_pid_stat(5). */
  readonly startTicks: number;
  readonly bootId: string;
  /** ISO 8601. */
  readonly startedAt: string;
};

export type ProcessFacts = {
  readonly startTicks: number;
  readonly isPaused: boolean;
  readonly cpuUs: number;
  readonly rssBytes: number;
};

/** Linux reports CPU time to programs in hundredths of a second, whatever the kernel's own tick is. */
const microsecondsPerTick = 10_000;
const pollMs = 10;

/** Marks every process of a platform, so that one whose start was never recorded is still found. */
const markVariable = 'STORMPROOF_LOCAL_INSTANCE';

/** @returns undefined when there is no such process, or only its remains */
export function inspectProcess(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may hold spaces and parentheses; the fields after the last one are numbered from 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (number: number) => fields[number - 3] ?? '';
    const state = field(3);
    // A main thread that has ended while others have not keeps the files and ports of all open.
    const threads = Number(field(20));
    if (state === 'X' || (state === 'Z' && threads <= 1)) return undefined;
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return {
      startTicks: Number(field(22)),
      isPaused: state === 'T',
      cpuUs: (Number(field(14)) + Number(field(15))) * microsecondsPerTick,
      rssBytes: Number(resident?.[1] ?? 0) * 1024,
    };
  } catch {
    // It ended before or while it was read.
    return undefined;
  }
}

/** @returns undefined when that very process no longer runs */
export function inspect(ref: ProcessRef): ProcessFacts | undefined {
  if (ref.bootId !== readBootId()) return undefined;
  const facts = inspectProcess(ref.pid);
  return facts?.startTicks === ref.startTicks ? facts : undefined;
}

/** Sends a signal to that very process. @returns false when it no longer runs */
export function sendSignal(ref: ProcessRef, signal: NodeJS.Signals): boolean {
  if (inspect(ref) === undefined) return false;
  try {
    return process.kill(ref.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until the condition holds. @returns false when the time is over first */
async function waitFor(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await delay(pollMs);
  }
  return true;
}

async function waitUntilGone(ref: ProcessRef, timeoutMs: number): Promise<boolean> {
  return waitFor(() => inspect(ref) === undefined, timeoutMs);
}

/** Resolves when the process is gone. */
export async function killProcess(ref: ProcessRef): Promise<void> {
  sendSignal(ref, 'SIGKILL');
  if (!(await waitUntilGone(ref, 10_000))) {
    throw new TargetError('busy', `process ${ref.pid} does not end although it was killed`);
  }
}

/** Asks with SIGTERM (a paused process is let run first), then kills. Resolves when the process is gone. */
export async function terminateProcess(
  ref: ProcessRef,
  graceMs: number,
): Promise<{ readonly tookMs: number; readonly wasKilled: boolean }> {
  const start = performance.now();
  sendSignal(ref, 'SIGTERM');
  sendSignal(ref, 'SIGCONT');
  const ended = await waitUntilGone(ref, graceMs);
  if (!ended) await killProcess(ref);
  return { tookMs: performance.now() - start, wasKilled: !ended };
}

/** Stops a process from running, or lets it go on, and waits until the kernel says so. */
export async function setPaused(ref: ProcessRef, isPaused: boolean): Promise<boolean> {
  if (!sendSignal(ref, isPaused ? 'SIGSTOP' : 'SIGCONT')) return false;
  return waitFor(() => inspect(ref)?.isPaused === isPaused, 5_000);
}

export type Spawned = {
  readonly ref: ProcessRef;
  /** How it ended, once it has: `exit code 2`, `signal SIGKILL`. */
  readonly ending: () => string | undefined;
};

/**
 * Starts a program that outlives this one, in a session of its own, its output appended to a log file.
 *
 * @throws TargetError `unsupported` when the program cannot be started
 */
export async function spawnDetached(options: {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logFile: string;
  /** Names the process for {@link findMarked}. */
  readonly mark: string;
}): Promise<Spawned> {
  const [program = '', ...args] = options.argv;
  const log = openSync(options.logFile, 'a', 0o600);
  let ending: string | undefined;
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env, [markVariable]: options.mark },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.once('exit', (code, signal) => {
      ending = code === null ? `signal ${signal}` : `exit code ${code}`;
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    const startTicks = inspectProcess(pid)?.startTicks ?? -1;
    const startedAt = new Date().toISOString();
    return { ref: { pid, startTicks, bootId: readBootId(), startedAt }, ending: () => ending };
  } catch (cause) {
    throw new TargetError('unsupported', `${program} cannot be started: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    closeSync(log);
  }
}

/** Processes of this user whose mark begins so, whoever started them. */
export function findMarked(markPrefix: string): readonly (ProcessRef & { readonly mark: string })[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const pid = Number(entry);
      const mark = markOfProcess(pid, markPrefix);
      const facts = mark === undefined ? undefined : inspectProcess(pid);
      if (mark === undefined || facts === undefined) return [];
      return [{ pid, startTicks: facts.startTicks, bootId: readBootId(), startedAt: '', mark }];
    });
}

function markOfProcess(pid: number, markPrefix: string): string | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const variable = environment.find((entry) => entry.startsWith(`${markVariable}=${markPrefix}`));
    return variable?.slice(markVariable.length + 1);
  } catch {
    // Another user's process, or one that has just ended.
    return undefined;
  }
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
