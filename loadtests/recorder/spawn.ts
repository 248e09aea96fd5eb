import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunManifest } from '../../verdict/history.ts';
import { clientKeyVariable, type RecorderArguments, renderRecorderArguments } from './arguments.ts';
import type { RecorderProgress } from './progress.ts';
import type { RecorderOptions } from './run.ts';

/** A line of the recorder's standard output with `--json-progress`. */
export type RecorderEvent =
  | { readonly type: 'progress'; readonly progress: RecorderProgress }
  | { readonly type: 'finished'; readonly manifest: RunManifest };

/** The recorder's process ended without a finished run: the verdict of the run is INCONCLUSIVE. */
export class RecorderDiedError extends Error {
  override readonly name = 'RecorderDiedError';
}

/**
 * It shares the machine with what it measures: helpers of the garbage collector would wait for a core, and every order with
 * them. Orders in flight survive fewer collections of a larger space for young objects, in MiB.
 */
const nodeFlags = ['--single-threaded-gc', '--max-semi-space-size=64'] as const;

/** Time for an interrupted recorder to write everything, beyond the 5 s it gives its orders. */
const killAfterStopMs = 15_000;

/**
 * Runs the recorder as a process of its own, so that its work and the caller's do not delay each other.
 *
 * The signal asks it to stop early; the promise then still resolves with what was sent. The process ends when its
 * parent does.
 *
 * @param options as for {@link runRecorder}, plus `onStart`, called with the process's id
 * @returns the finished manifest
 * @throws RecorderDiedError when it ended any other way than by finishing; its last words are in the message
 */
export async function spawnRecorder(
  options: RecorderOptions & { readonly onStart?: (pid: number) => void },
): Promise<RunManifest> {
  const { signal, onProgress, onStart, clientKey } = options;
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  const argv = [
    ...nodeFlags,
    program,
    ...renderRecorderArguments(options satisfies RecorderArguments),
    '--json-progress',
  ];
  const env = clientKey === undefined ? process.env : { ...process.env, [clientKeyVariable]: clientKey };
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  if (child.pid !== undefined) onStart?.(child.pid);

  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGINT');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterStopMs);
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();

  let manifest: RunManifest | undefined;
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  const lines = child.stdout === null ? undefined : createInterface({ input: child.stdout });
  lines?.on('line', (line) => {
    const event = parseEvent(line);
    if (event?.type === 'progress') onProgress?.(event.progress);
    else if (event?.type === 'finished') manifest = event.manifest;
  });

  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.on('error', (error) => reject(new RecorderDiedError('the recorder did not start', { cause: error })));
  child.on('close', (code, killedBy) => resolve(killedBy ?? `code ${code}`));
  try {
    const ending = await promise;
    if (manifest === undefined) {
      const words = lastWords.trim();
      throw new RecorderDiedError(
        `the recorder died (${ending}) before it finished${words === '' ? '' : `: ${words}`}`,
      );
    }
    return manifest;
  } finally {
    clearTimeout(killTimer);
    signal?.removeEventListener('abort', stop);
  }
}

function parseEvent(line: string): RecorderEvent | undefined {
  try {
    return JSON.parse(line) as RecorderEvent;
  } catch {
    // The last line of a process that was killed may be torn; how it ended says the rest.
    return undefined;
  }
}
