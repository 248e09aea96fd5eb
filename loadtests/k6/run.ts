import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunManifest } from '../../verdict/history.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { writeManifest } from '../recorder/manifest.ts';
import type { RetryPolicy } from '../recorder/retry.ts';
import { constantRate } from '../recorder/schedule.ts';
import { countUnaccepted, exceptionsFile, readK6Log } from './history.ts';
import { checkK6Accounts, readK6Summary } from './summary.ts';

/** How a k6 run stands. */
export type K6Progress = {
  /** Since the first iteration was due. */
  readonly elapsedMs: number;
  /** Iterations that ended: orders accepted or given up. */
  readonly completed: number;
  readonly interrupted: number;
};

/** One run of k6's `steady` scenario. */
export type K6Options = {
  /** The k6 program, v2. */
  readonly k6Path: string;
  /** `http://host:port` of the order service's replicas. */
  readonly urls: readonly string[];
  readonly runId: string;
  /** Default {@link workloadClientId}. */
  readonly clientId?: string;
  /** Orders per second; a whole number. */
  readonly rate: number;
  /** Whole seconds. */
  readonly durationSeconds: number;
  /** Of the jitter between tries; default 1. */
  readonly seed?: number;
  /** Made if missing; must hold no other run. */
  readonly outDir: string;
  /** Shorter patience than `defaultRetryPolicy` has. */
  readonly retry?: Partial<Pick<RetryPolicy, 'deadlineMs' | 'tryTimeoutMs'>>;
  /** Stops the run early: k6 cuts short what is under way. */
  readonly signal?: AbortSignal;
  /** Called about every second. */
  readonly onProgress?: (progress: K6Progress) => void;
  /** Why the manifest has no `finished`; called at most once. */
  readonly onProblem?: (problem: string) => void;
};

/** k6 ended by itself (0), with a crossed threshold (99), or by a signal (105). */
const endingsWithSummary = new Set<number | null>([0, 99, 105]);

const killAfterStopMs = 20_000;

/**
 * Runs k6 and leaves `run.json`, `exceptions.ndjson` and `summary.json` in its directory. It sends no usage report
 * and opens no port.
 *
 * The manifest's `startedAtMs` is when the first order was due, a few seconds after k6 began to make its virtual users.
 *
 * @returns the manifest; without `finished` when k6 died, left no summary, or its accounts do not add up
 * @throws when the directory holds a run already or k6 cannot be started
 */
export async function runK6(options: K6Options): Promise<RunManifest> {
  const { rate, durationSeconds, runId, clientId = workloadClientId, seed = 1, signal } = options;
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, exceptionsFile), '', { flag: 'wx' });
  const { planned } = constantRate(rate, durationSeconds);
  const started: RunManifest = {
    ...{ runId, client: 'k6', clientId, rate, durationSeconds, planned, seed, startedAtMs: Date.now() },
  };
  await writeManifest(outDir, started);

  const child = spawnK6(options, outDir, { clientId, seed });
  const { code, ending, cpuUs, lastWords } = await follow(child, options);
  const wasInterrupted = signal?.aborted ?? false;
  try {
    if (!endingsWithSummary.has(code)) {
      throw new Error(`k6 died (${ending})${lastWords === '' ? '' : `: ${lastWords}`}`);
    }
    const summary = await readK6Summary(outDir);
    const log = await readK6Log(outDir);
    const problems = checkK6Accounts(summary, countUnaccepted(log), planned, wasInterrupted);
    if (problems.length > 0) throw new Error(problems.join('; '));
    const { attempted, droppedIterations } = summary;
    // Iterations that were due when k6 ran late at the end are in none of its counts.
    const dropped = wasInterrupted ? droppedIterations : planned - attempted;
    const finished = { endedAtMs: Date.now(), attempted, dropped, cpuUs, wasInterrupted };
    const startedAtMs = log.startedAtMs ?? started.startedAtMs;
    const manifest: RunManifest = { ...started, startedAtMs, finished };
    await writeManifest(outDir, manifest);
    return manifest;
  } catch (error) {
    options.onProblem?.(error instanceof Error ? error.message : String(error));
    return started;
  }
}

function spawnK6(
  options: K6Options,
  outDir: string,
  { clientId, seed }: { clientId: string; seed: number },
): ChildProcess {
  const variables: Record<string, string | number | undefined> = {
    STORMPROOF_URLS: options.urls.join(','),
    STORMPROOF_RUN_ID: options.runId,
    STORMPROOF_CLIENT_ID: clientId,
    STORMPROOF_SEED: seed,
    STORMPROOF_RATE: options.rate,
    STORMPROOF_DURATION_SECONDS: options.durationSeconds,
    STORMPROOF_DEADLINE_MS: options.retry?.deadlineMs,
    STORMPROOF_TRY_TIMEOUT_MS: options.retry?.tryTimeoutMs,
  };
  const argv = ['run', '--no-usage-report', '--no-color', '--log-format=raw', '--address='];
  argv.push(`--console-output=${join(outDir, exceptionsFile)}`);
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined) argv.push('--env', `${name}=${value}`);
  }
  argv.push(fileURLToPath(new URL('steady.ts', import.meta.url)));
  // A clean environment: a K6_ variable or a user's k6 configuration would change what runs. Thousands of virtual
  // users make a big heap that hardly changes; Go's default would walk through it again and again.
  const env = { HOME: outDir, K6_AUTO_EXTENSION_RESOLUTION: 'false', GOGC: '400' };
  // In a process group of its own: Ctrl-C in a terminal would reach it beside the caller's signal, and a second
  // signal makes k6 leave at once, without a summary.
  return spawn(options.k6Path, argv, { cwd: outDir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

type Ending = {
  readonly code: number | null;
  /** The code or signal, for people. */
  readonly ending: string;
  /** As last seen within a second of the end; 0 where the system does not tell. */
  readonly cpuUs: number;
  readonly lastWords: string;
};

/** `running (1m02.5s), 000/100 VUs, 300 complete and 0 interrupted iterations`; undefined for any other line. */
export function parseProgress(line: string): K6Progress | undefined {
  const parts =
    /^running \((?:(\d+)h)?(?:(\d+)m)?([\d.]+)s\).* (\d+) complete and (\d+) interrupted iterations/.exec(
      line,
    );
  if (parts === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, completed = 0, interrupted = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return { elapsedMs: (hours * 3_600 + minutes * 60 + seconds) * 1_000, completed, interrupted };
}

/** Waits for the end, passing on progress and the wish to stop. */
async function follow(child: ChildProcess, { signal, onProgress }: K6Options): Promise<Ending> {
  let killTimer: NodeJS.Timeout | undefined;
  let cpuUs = 0;
  let lastWords = '';
  const stop = () => {
    child.kill('SIGINT');
    killTimer = setTimeout(() => child.kill('SIGKILL'), killAfterStopMs);
  };
  const meter = setInterval(() => {
    cpuUs = readCpuUs(child.pid) ?? cpuUs;
  }, 500);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();

  const onProgressLine = (line: string) => {
    const progress = parseProgress(line);
    if (progress !== undefined) onProgress?.(progress);
  };
  const onError = (line: string) => {
    if (line.trim() !== '') lastWords = `${lastWords}\n${line}`.slice(-2_000);
  };
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onProgressLine);
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', onError);
  const { promise, resolve: end, reject } = Promise.withResolvers<Pick<Ending, 'code' | 'ending'>>();
  child.on('error', (cause) => reject(new Error('k6 could not be started', { cause })));
  child.on('close', (code, killedBy) => end({ code, ending: killedBy ?? `code ${code}` }));
  try {
    return { ...(await promise), cpuUs, lastWords: lastWords.trim() };
  } finally {
    clearInterval(meter);
    clearTimeout(killTimer);
    signal?.removeEventListener('abort', stop);
  }
}

/** User and system time of a process from /proc (proc(5): fields 14 and 15, in ticks of 10 ms). */
function readCpuUs(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    // Gone already, or a system without /proc.
    return undefined;
  }
}
