import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { DeadMan } from '../core/dead-man.ts';
import { FaultError } from '../core/fault.ts';
import type { DeadManArguments, FromDeadMan, ToDeadMan } from './messages.ts';

/** Longer than a busy machine keeps an event loop waiting, shorter than an operator's patience. */
const leaseMs = 10_000;
/** Beyond its planned end a fault may take this long to be injected, proven and healed. */
const overrunMs = 60_000;
const startDeadlineMs = 30_000;
const endDeadlineMs = 5_000;

/**
 * Starts the dead-man of a run, in a session of its own: what ends the runner does not reach it.
 *
 * @param options.logFile gets what it writes beside the journal: errors that nobody foresaw
 * @throws FaultError when it does not start
 */
export async function startDeadMan(
  options: DeadManArguments & { readonly logFile: string },
): Promise<DeadMan> {
  const { target, journal, logFile } = options;
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      program,
      JSON.stringify({ target, journal } satisfies DeadManArguments),
    ],
    { detached: true, stdio: ['ignore', 'ignore', log, 'ipc'] },
  );
  closeSync(log);
  const intervention = new AbortController();
  child.on('exit', () => intervention.abort(new FaultError('its dead-man has ended')));
  child.on('error', (cause) => intervention.abort(new FaultError('its dead-man did not start', { cause })));
  await untilReady(child, intervention.signal, logFile);
  child.on('message', (message: FromDeadMan) => {
    if (message.type !== 'lapsed') return;
    intervention.abort(
      new FaultError(`its dead-man healed ${message.injections.join(', ')}: nobody renewed the lease`),
    );
  });
  return vouchThrough(child, intervention.signal);
}

async function untilReady(child: ChildProcess, ended: AbortSignal, logFile: string): Promise<void> {
  const timeout = AbortSignal.timeout(startDeadlineMs);
  try {
    // The first message is `ready`.
    await once(child, 'message', { signal: AbortSignal.any([ended, timeout]) });
  } catch (cause) {
    child.kill('SIGKILL');
    const why = timeout.aborted ? `it was not ready within ${startDeadlineMs} ms` : 'it ended';
    throw new FaultError(`the dead-man could not be started: ${why}; see ${logFile}`, { cause });
  }
}

function vouchThrough(child: ChildProcess, intervened: AbortSignal): DeadMan {
  const renewUntilMs = new Map<string, number>();
  const send = (message: ToDeadMan) => {
    if (!child.connected) return;
    child.send(message, () => {
      // It has just ended; `intervened` tells.
    });
  };
  const renewing = setInterval(() => {
    const nowMs = performance.now();
    for (const [injection, untilMs] of renewUntilMs) {
      if (nowMs < untilMs) send({ type: 'hold', injection, leaseMs });
    }
  }, leaseMs / 4);
  return {
    pid: child.pid ?? 0,
    leaseMs,
    intervened,
    hold(injection, plannedMs) {
      intervened.throwIfAborted();
      renewUntilMs.set(injection, performance.now() + plannedMs + overrunMs);
      send({ type: 'hold', injection, leaseMs });
    },
    release(injection) {
      renewUntilMs.delete(injection);
      send({ type: 'release', injection });
    },
    async close() {
      clearInterval(renewing);
      const isGone = child.exitCode !== null || child.signalCode !== null;
      if (isGone) return;
      const gone = once(child, 'exit');
      send({ type: 'end' });
      const killing = setTimeout(() => child.kill('SIGKILL'), endDeadlineMs);
      await gone;
      clearTimeout(killing);
    },
  };
}
