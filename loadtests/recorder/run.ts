import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunManifest, Share } from '../../verdict/history.ts';
import type { LoadShape } from '../../verdict/load-shape.ts';
import { planShape } from '../shapes/course.ts';
import { Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import { historyFile, writeManifest } from './manifest.ts';
import { ProgressMeter, type RecorderProgress } from './progress.ts';
import { seededRandom } from './random.ts';
import { createRequestWriter } from './request.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts';
import { constantRate, type Schedule, shapedRate } from './schedule.ts';
import { shareOf } from './share.ts';
import { HistoryWriter } from './writer.ts';

/** One run of the recorder. */
export type RecorderOptions = {
  /** `http://host:port` of the order service's replicas. */
  readonly urls: readonly string[];
  readonly runId: string;
  readonly clientId: string;
  /** By which the order API lets that client in; absent where it asks for none. Never written anywhere. */
  readonly clientKey?: string;
  /** Orders per second; with a shape, its highest rate. */
  readonly rate: number;
  readonly durationSeconds: number;
  /** How the rate goes, where it is not the same all the time: it decides then when orders are sent. */
  readonly shape?: LoadShape;
  /** Which of the run's orders this generator sends, where several share them; default all. */
  readonly share?: Share;
  /** Of the jitter between tries. */
  readonly seed: number;
  /** Made if missing; must hold no other run. */
  readonly outDir: string;
  /** Default {@link defaultRetryPolicy}. */
  readonly retry?: Partial<RetryPolicy>;
  /** Default {@link defaultLimits}. */
  readonly limits?: Partial<DispatcherOptions['limits']>;
  /** Stops the run: nothing new is sent, and what is outstanding has 5 s to end. */
  readonly signal?: AbortSignal;
  /** Called about every second and once at the end. */
  readonly onProgress?: (progress: RecorderProgress) => void;
};

/**
 * Room for an outage of ten seconds at several thousand orders a second, in which nothing is answered. At
 * ordinary latencies each request has a connection of its own.
 */
export const defaultLimits: DispatcherOptions['limits'] = {
  connectionsMax: 256,
  depthMax: 128,
  burstMax: 1,
  connectTimeoutMs: 2_000,
  outstandingMax: 150_000,
  lateMsMax: 5_000,
};

const finishAfterStopMs = 5_000;

/** When the orders of a run are to be sent, whoever sends them. */
export function scheduleOf({
  rate,
  durationSeconds,
  shape,
}: Pick<RecorderOptions, 'rate' | 'durationSeconds' | 'shape'>): Schedule {
  return shape === undefined ? constantRate(rate, durationSeconds) : shapedRate(shape.phases);
}

/**
 * Sends the orders of a run at their times and records what became of each one in `run.json` and `history.bin`. It takes the process
 * for itself: whatever else runs in it has its turn once a millisecond.
 *
 * @returns the finished manifest
 * @throws when the directory holds a run already or the history cannot be written; `run.json` then stays
 *   without `finished`
 */
export async function runRecorder(options: RecorderOptions): Promise<RunManifest> {
  const { outDir, runId, clientId, rate, durationSeconds, shape, share, seed, signal } = options;
  const shared = share === undefined ? undefined : shareOf(scheduleOf(options), share);
  const schedule = shared ?? scheduleOf(options);
  const write = createRequestWriter(runId, clientId, options.clientKey);
  await mkdir(outDir, { recursive: true });
  const history = await HistoryWriter.create(join(outDir, historyFile));
  const cpuAtStart = process.cpuUsage();
  const startedAtMs = Date.now();
  const { planned } = schedule;
  const started: RunManifest = {
    ...{ runId, client: 'recorder', clientId, rate, durationSeconds, planned, seed, startedAtMs },
    ...(shape === undefined ? {} : { shape: planShape(shape, schedule) }),
    ...(share === undefined ? {} : { share }),
  };
  const meter = new ProgressMeter();
  try {
    await writeManifest(outDir, started);
    const startedAtUs = performance.now() * 1_000;
    const nowUs = () => Math.round(performance.now() * 1_000 - startedAtUs);
    const dispatcher = new Dispatcher({
      urls: options.urls.map((url) => new URL(url)),
      schedule,
      policy: { ...defaultRetryPolicy, ...options.retry },
      limits: { ...defaultLimits, ...options.limits },
      nowUs,
      // Generators that share a run draw jitter of their own: the same one would have them repeat in step.
      random: seededRandom(seed + (share?.index ?? 0)),
      writeRequest: shared === undefined ? write : (position, host) => write(shared.orderAt(position), host),
      onRecord: (record) =>
        history.append(shared === undefined ? record : { ...record, index: shared.orderAt(record.index) }),
      meter,
    });
    await drive(dispatcher, signal, async () => {
      options.onProgress?.(meter.report(nowUs() / 1e6));
      await history.flush();
    });
  } finally {
    await history.close();
  }
  const cpu = process.cpuUsage(cpuAtStart);
  const finished: RunManifest = {
    ...started,
    finished: {
      endedAtMs: Date.now(),
      attempted: meter.counts.sent,
      dropped: meter.counts.dropped,
      cpuUs: cpu.user + cpu.system,
      wasInterrupted: signal?.aborted ?? false,
    },
  };
  await writeManifest(outDir, finished);
  return finished;
}

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

/**
 * Sleeps for a millisecond without waiting for answers. Whoever waits for them is woken by each one, at the expense of who
 * sends it; so they gather, and are read together. Each is told up to a millisecond late.
 */
function nap(): void {
  Atomics.wait(neverWoken, 0, 0, 1);
}

/** Turns the dispatcher until it is done; calls `everySecond` about each second and once at the end. */
async function drive(
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
  everySecond: () => Promise<void>,
): Promise<void> {
  let abandonTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    dispatcher.stopSending();
    abandonTimer = setTimeout(() => dispatcher.abandon(), finishAfterStopMs);
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  const turn = () => {
    if (isOver) return;
    dispatcher.tick();
    if (dispatcher.isDone) resolve();
    nap();
    setImmediate(turn);
  };
  setImmediate(turn);
  const reporter = setInterval(() => everySecond().catch(reject), 1_000);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    await promise;
  } finally {
    isOver = true;
    clearInterval(reporter);
    clearTimeout(abandonTimer);
    signal?.removeEventListener('abort', stop);
    dispatcher.abandon();
  }
  await everySecond();
}
