import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { acceptanceObjectives } from '../../verdict/checks/objectives.ts';
import type { RunManifest } from '../../verdict/history.ts';
import type { LoadShape } from '../../verdict/load-shape.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { clientKeyVariable } from '../recorder/arguments.ts';
import { writeManifest } from '../recorder/manifest.ts';
import type { RetryPolicy } from '../recorder/retry.ts';
import { planShape } from '../shapes/course.ts';
import { placingOf, summarizeLog } from './history.ts';
import { logFile } from './log.ts';
import { k6MemorySettings } from './memory.ts';
import { constantShape, peakRequestRate, planRequests } from './plan.ts';
import { k6VirtualUsers } from './sizing.ts';
import { checkK6Accounts, readK6Summary } from './summary.ts';

/** How a k6 run stands. */
export type K6Progress = {
  /** Since the first iteration was due. */
  readonly elapsedMs: number;
  /** Iterations that ended: requests whose orders are settled or given up. */
  readonly completed: number;
  readonly interrupted: number;
  /** CPU that k6 has used, microseconds; undefined where the system does not tell. */
  readonly cpuUs: number | undefined;
};

/** One run of k6. */
export type K6Options = {
  /** The k6 program, v2. */
  readonly k6Path: string;
  /** `http://host:port` of the order service's replicas. */
  readonly urls: readonly string[];
  readonly runId: string;
  /** Default {@link workloadClientId}. */
  readonly clientId?: string;
  /** By which the order API lets that client in; absent where it asks for none. Never written anywhere. */
  readonly clientKey?: string | undefined;
  /** Orders per second, a whole number; with a shape, its highest rate. */
  readonly rate: number;
  readonly durationSeconds: number;
  /** How the rate goes, where it is not the same all the time: it decides then when orders are sent. */
  readonly shape?: LoadShape | undefined;
  /** 1 to 100, default 1: more than one go to the batch endpoint. */
  readonly ordersPerRequest?: number | undefined;
  /** Of the jitter between tries; default 1. */
  readonly seed?: number;
  /** Made if missing; must hold no other run. */
  readonly outDir: string;
  /** Where clients have other patience than `defaultRetryPolicy`. */
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** Default as `k6VirtualUsers` says. */
  readonly virtualUsers?: number;
  /** Where k6 sends its own metrics, as `http://host:port` that takes OTLP; default nowhere. */
  readonly otlpHttp?: string | undefined;
  /** What k6 costs alone, for the manifest. */
  readonly calibration?: RunManifest['calibration'];
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
 * Runs k6 and leaves `run.json`, `requests.ndjson` and `summary.json` in its directory. It sends no usage report
 * and opens no port.
 *
 * The manifest's `startedAtMs` is when the first phase began, a few seconds after k6 began to make its virtual users.
 *
 * @returns the manifest; without `finished` when k6 died, left no summary, or its accounts do not add up
 * @throws when the directory holds a run already or k6 cannot be started
 */
export async function runK6(options: K6Options): Promise<RunManifest> {
  const { rate, durationSeconds, ordersPerRequest = 1, runId, clientId = workloadClientId } = options;
  const { shape = constantShape(rate, durationSeconds), seed = 1, signal } = options;
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, logFile), '', { flag: 'wx' });
  const plan = planRequests(shape, ordersPerRequest);
  const schedule = {
    planned: plan.orders,
    intendedAtUs: (index: number) => plan.dueAtUs(Math.floor(index / ordersPerRequest)),
  };
  const started: RunManifest = {
    ...{ runId, client: 'k6', clientId, rate, durationSeconds, planned: plan.orders, seed },
    startedAtMs: Date.now(),
    ...(options.shape === undefined ? {} : { shape: planShape(shape, schedule) }),
    ...(ordersPerRequest === 1 ? {} : { ordersPerRequest }),
    ...(options.calibration === undefined ? {} : { calibration: options.calibration }),
  };
  await writeManifest(outDir, started);

  const child = spawnK6(options, outDir, { clientId, seed, shape, ordersPerRequest });
  const { code, ending, cpuUs, lastWords } = await follow(child, options);
  const wasInterrupted = signal?.aborted ?? false;
  try {
    if (!endingsWithSummary.has(code)) {
      throw new Error(`k6 died (${ending})${lastWords === '' ? '' : `: ${lastWords}`}`);
    }
    const summary = await readK6Summary(outDir);
    const { attemptedRequests, droppedIterations } = summary;
    const log = await summarizeLog(outDir, attemptedRequests, ordersPerRequest);
    const problems = checkK6Accounts(summary, log, plan.requests, wasInterrupted);
    if (problems.length > 0) throw new Error(problems.join('; '));
    const attempted = attemptedRequests * ordersPerRequest;
    // Requests that were due when k6 ran late at the end are in none of its counts.
    const dropped = wasInterrupted ? droppedIterations * ordersPerRequest : plan.orders - attempted;
    const finished = { endedAtMs: Date.now(), attempted, dropped, cpuUs, wasInterrupted };
    const { originMs } = placingOf(started, log.startsMs, dropped);
    const startedAtMs =
      log.startedAtMs === undefined ? started.startedAtMs : Math.round(log.startedAtMs + originMs);
    const manifest: RunManifest = { ...started, startedAtMs, finished };
    await writeManifest(outDir, manifest);
    return manifest;
  } catch (error) {
    options.onProblem?.(error instanceof Error ? error.message : String(error));
    return started;
  }
}

/** What decides what k6 sends, with its defaults filled in. */
export type K6Scenario = Required<Pick<K6Options, 'clientId' | 'seed'>> & {
  readonly shape: LoadShape;
  readonly ordersPerRequest: number;
};

/** How the scenario is told what to send, as arguments of k6. */
export function scenarioArguments(
  options: Pick<K6Options, 'urls' | 'runId' | 'retry' | 'virtualUsers'>,
  { clientId, seed, shape, ordersPerRequest }: K6Scenario,
): readonly string[] {
  const variables: Record<string, string | number | undefined> = {
    STORMPROOF_URLS: options.urls.join(','),
    STORMPROOF_RUN_ID: options.runId,
    STORMPROOF_CLIENT_ID: clientId,
    STORMPROOF_SEED: seed,
    STORMPROOF_SHAPE: JSON.stringify(shape),
    STORMPROOF_ORDERS_PER_REQUEST: ordersPerRequest,
    STORMPROOF_THRESHOLDS: JSON.stringify(thresholdsOf(shape)),
    STORMPROOF_RETRY: JSON.stringify(options.retry ?? {}),
    STORMPROOF_VIRTUAL_USERS: options.virtualUsers,
  };
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : ['--env', `${name}=${value}`],
  );
}

/** What k6 runs. */
export const scenarioFile = fileURLToPath(new URL('orders.ts', import.meta.url));

function spawnK6(options: K6Options, outDir: string, run: K6Scenario): ChildProcess {
  const argv = ['run', '--no-usage-report', '--no-color', '--log-format=raw', '--address='];
  argv.push(`--console-output=${join(outDir, logFile)}`, ...scenarioArguments(options, run));
  if (options.otlpHttp !== undefined) argv.push('--out', 'opentelemetry');
  argv.push(scenarioFile);
  const virtualUsers =
    options.virtualUsers ?? k6VirtualUsers(peakRequestRate(run.shape, run.ordersPerRequest));
  // A clean environment: a K6_ variable or a user's k6 configuration would change what runs.
  const env = {
    ...{ HOME: outDir, K6_AUTO_EXTENSION_RESOLUTION: 'false' },
    ...k6MemorySettings(virtualUsers, freemem()),
    ...(options.otlpHttp === undefined ? {} : otelEnvironment(options.otlpHttp)),
    // Not among the arguments, which every user of the machine can read.
    ...(options.clientKey === undefined ? {} : { [clientKeyVariable]: options.clientKey }),
  };
  // In a process group of its own: Ctrl-C in a terminal would reach it beside the caller's signal, and a second
  // signal makes k6 leave at once, without a summary.
  return spawn(options.k6Path, argv, { cwd: outDir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

/**
 * k6's own word on the phases in which the promises must hold; the verdict has the history besides. Made here, since whatever
 * the scenario imports is evaluated by each of thousands of virtual users.
 */
function thresholdsOf({ phases }: LoadShape): Record<string, string[]> {
  const { withinMs, withinShareMin } = acceptanceObjectives;
  const judged = phases.filter(({ isJudged }) => isJudged);
  const latency = `p(${withinShareMin * 100})<${withinMs}`;
  return Object.fromEntries(judged.map(({ name }) => [`iteration_duration{phase:${name}}`, [latency]]));
}

/** k6's settings for its OpenTelemetry output (grafana.com/docs/k6, "OpenTelemetry"), as often as services export. */
function otelEnvironment(otlpHttp: string): Record<string, string> {
  const { host, protocol } = new URL(otlpHttp);
  return {
    K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf',
    K6_OTEL_HTTP_EXPORTER_ENDPOINT: host,
    K6_OTEL_HTTP_EXPORTER_INSECURE: String(protocol === 'http:'),
    K6_OTEL_SERVICE_NAME: 'k6',
    K6_OTEL_METRIC_PREFIX: 'k6_',
    K6_OTEL_EXPORT_INTERVAL: '2s',
  };
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
export function parseProgress(line: string): Omit<K6Progress, 'cpuUs'> | undefined {
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
    if (progress !== undefined) onProgress?.({ ...progress, cpuUs: readCpuUs(child.pid) });
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
