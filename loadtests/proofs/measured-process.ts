import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcessMemory } from './process-memory.ts';

export type MeasuredProcess = {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** From its start to its end. */
  readonly seconds: number;
  /** The most memory that it ever had; undefined where the system does not tell. */
  readonly peakBytes: number | undefined;
};

/** The kernel keeps the peak: what it grew by in its last moments is all that can be missed. */
const lookEveryMs = 20;

/**
 * Runs a program to its end and tells how long it took and how much memory it had. Its standard error is this process's own.
 *
 * @param signal ends it
 * @throws when it cannot be started
 */
export async function runMeasured(
  argv: readonly [program: string, ...args: readonly string[]],
  signal: AbortSignal,
): Promise<MeasuredProcess> {
  const [program, ...args] = argv;
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  let hasEnded = false;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => {
    hasEnded = true;
  });
  let peakBytes: number | undefined;
  const watching = (async () => {
    while (!hasEnded && child.pid !== undefined) {
      peakBytes = (await readProcessMemory(child.pid))?.peakBytes ?? peakBytes;
      await sleep(lookEveryMs);
    }
  })();
  try {
    const exitCode = await ended;
    return { exitCode, stdout, seconds: (performance.now() - startedAt) / 1_000, peakBytes };
  } finally {
    signal.removeEventListener('abort', end);
    await watching;
  }
}
