import { spawn } from 'node:child_process';

/** Environment variables as passed in by a composition root. */
export type Env = Readonly<Record<string, string | undefined>>;

export type ProgramResult = {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** Standard output and error, in the order they came, cut to the last 256 KiB. */
  readonly output: string;
};

const outputMax = 256 * 1024;

/**
 * Runs a program to its end, without input. An abort of `signal` interrupts it, and kills it five seconds later; the
 * promise settles when the process is gone in either case, so a caller may clean up what the process was writing.
 *
 * @throws the spawn error (`ENOENT`, `EACCES`, ...) when it cannot be started
 */
export function runProgram(
  path: string,
  args: readonly string[],
  options: {
    readonly env: Env;
    readonly cwd?: string;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal | undefined;
    readonly onOutput?: ((text: string) => void) | undefined;
  },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      env: { ...options.env },
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (text: string) => {
      output = (output + text).slice(-outputMax);
      options.onOutput?.(text);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    let lastResort: NodeJS.Timeout | undefined;
    const interrupt = () => {
      child.kill('SIGINT');
      lastResort = setTimeout(() => child.kill('SIGKILL'), 5000);
    };
    const timeLimit = options.timeoutMs
      ? setTimeout(() => child.kill('SIGKILL'), options.timeoutMs)
      : undefined;
    if (options.signal?.aborted) interrupt();
    else options.signal?.addEventListener('abort', interrupt, { once: true });

    const settle = () => {
      clearTimeout(timeLimit);
      clearTimeout(lastResort);
      options.signal?.removeEventListener('abort', interrupt);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (exitCode) => {
      settle();
      resolve({ exitCode, output });
    });
  });
}
