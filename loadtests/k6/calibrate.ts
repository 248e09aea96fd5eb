import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunManifest } from '../../verdict/index.ts';
import { placingOf, summarizeLog } from './history.ts';
import { type K6Options, type K6Progress, runK6 } from './run.ts';

/** What k6 can do on this machine when the platform costs nothing. */
export type Calibration = {
  /** Requests a second that were asked of it. */
  readonly requestRate: number;
  /** Whether it sent them all, nearly all of them on time. */
  readonly isDelivered: boolean;
  /** Requests that it had to drop. */
  readonly dropped: number;
  /** How late 99 of 100 requests were sent at most, milliseconds. */
  readonly lateMsP99: number;
  /** Requests a second that came about. */
  readonly achievedRequestRate: number;
  /** CPU of k6 alone, microseconds; undefined where the system does not tell, or too little was sent. */
  readonly cpuUsPerRequest: number | undefined;
};

type Choice = Pick<K6Options, 'k6Path' | 'signal'> & {
  /** Orders a second, a whole number. */
  readonly rate: number;
  readonly ordersPerRequest: number;
  /** A request that is later is no good: it would be k6 that makes clients wait. */
  readonly lateMsMax: number;
};

const calibrationSeconds = 4;
/** What k6 has not got done so long after its time it is not asked for any more. */
const overdueSeconds = 3;
/** A server that answers at once keeps few of them busy; k6 itself is behind when half a second's, or as many, do not do. */
const virtualUsersMax = 2_000;

/**
 * Has k6 send to the null server (`loadtests/bench`), in a process of its own, for a few seconds, and leaves nothing.
 *
 * @throws when k6 cannot be run; the signal's reason when it stopped this
 */
export async function calibrateK6({ k6Path, signal, lateMsMax, ...load }: Choice): Promise<Calibration> {
  const server = spawn(
    process.execPath,
    [fileURLToPath(new URL('../bench/null-server.ts', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  const outDir = await mkdtemp(join(tmpdir(), 'stormproof-calibration-'));
  try {
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    const requestRate = load.rate / load.ordersPerRequest;
    const seen: K6Progress[] = [];
    const overdue = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let problem = 'k6 was stopped';
    const manifest = await runK6({
      ...{ ...load, k6Path, outDir, runId: 'calibration', durationSeconds: calibrationSeconds },
      signal: signal === undefined ? overdue.signal : AbortSignal.any([signal, overdue.signal]),
      urls: [`http://127.0.0.1:${port.toString().trim()}`],
      virtualUsers: Math.min(virtualUsersMax, Math.max(50, Math.ceil(requestRate / 2))),
      onProgress: (progress) => {
        seen.push(progress);
        timer ??= setTimeout(() => overdue.abort(), (calibrationSeconds + overdueSeconds) * 1_000);
      },
      onProblem: (text) => {
        problem = text;
      },
    }).finally(() => clearTimeout(timer));
    signal?.throwIfAborted();
    if (manifest.finished === undefined) throw new Error(`k6 could not be calibrated: ${problem}`);
    return { requestRate, ...(await judge(outDir, manifest, lateMsMax)), cpuUsPerRequest: costOf(seen) };
  } finally {
    server.stdin.end();
    await rm(outDir, { recursive: true, force: true });
  }
}

/** What the log says: requests that are late, or missing. */
async function judge(
  directory: string,
  manifest: RunManifest,
  lateMsMax: number,
): Promise<Pick<Calibration, 'isDelivered' | 'dropped' | 'lateMsP99' | 'achievedRequestRate'>> {
  const { attempted = 0, dropped: droppedOrders = 0, wasInterrupted = false } = manifest.finished ?? {};
  const { ordersPerRequest = 1, durationSeconds } = manifest;
  const requests = attempted / ordersPerRequest;
  const dropped = droppedOrders / ordersPerRequest;
  const { startsMs } = await summarizeLog(directory, requests, ordersPerRequest);
  const { originMs, dueAtUs } = placingOf(manifest, startsMs, droppedOrders);
  // What was under way when k6 was stopped is not logged.
  const logged = [...startsMs.entries()].filter(([, startMs]) => !Number.isNaN(startMs));
  const lateMs = logged.map(([request, startMs]) => startMs - originMs - dueAtUs(request) / 1_000);
  lateMs.sort((a, b) => a - b);
  const lateMsP99 = Math.max(0, lateMs[Math.floor((lateMs.length - 1) * 0.99)] ?? 0);
  const lastMs = Math.max(durationSeconds * 1_000, (logged.at(-1)?.[1] ?? 0) - originMs);
  return {
    isDelivered: requests > 0 && dropped === 0 && !wasInterrupted && lateMsP99 <= lateMsMax,
    ...{ dropped, lateMsP99: Math.round(lateMsP99), achievedRequestRate: logged.length / (lastMs / 1_000) },
  };
}

/** From the first word of k6 to its last: what it takes to begin is left out. */
function costOf(seen: readonly K6Progress[]): Calibration['cpuUsPerRequest'] {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first?.cpuUs === undefined || last?.cpuUs === undefined) return undefined;
  const completed = last.completed - first.completed;
  return completed < 100 ? undefined : (last.cpuUs - first.cpuUs) / completed;
}

/** Of what came about. */
const sharesTried = [0.8, 0.5, 0.25];

/**
 * What k6 can deliver, where it cannot deliver what was asked of it: the most that was seen to be delivered, of less and less.
 *
 * @param failed the calibration that failed
 * @returns orders a second; undefined when nothing that was tried was delivered
 */
export async function findDeliverable(choice: Choice, failed: Calibration): Promise<number | undefined> {
  for (const share of sharesTried) {
    const rate = Math.floor(failed.achievedRequestRate * share * choice.ordersPerRequest);
    if (rate < 1) return undefined;
    const { isDelivered } = await calibrateK6({ ...choice, rate });
    if (isDelivered) return rate;
  }
  return undefined;
}
