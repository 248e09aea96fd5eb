import { join } from 'node:path';
import type { LoadGenerator, LoadProgress } from '../chaos/index.ts';
import {
  type Calibration,
  RecorderDiedError,
  type RecorderProgress,
  readK6History,
  runK6,
  spawnRecorder,
} from '../loadtests/index.ts';
import { openHistory } from '../verdict/index.ts';
import { workloadClientId } from '../verdict/workload.ts';

/** The recorder, as a process of its own. */
export const recorderGenerator = createRecorder();

/** @param onStart is told the id of its process */
export function createRecorder(onStart: (pid: number) => void = () => {}): LoadGenerator {
  return {
    client: 'recorder',
    async send({ plan, directory, onProgress, otlpHttp: _, ...run }) {
      const { rate, durationSeconds, shape, retry } = plan;
      const outDir = join(directory, 'load');
      let problem: string | undefined;
      await spawnRecorder({
        ...{ ...run, rate, durationSeconds, clientId: workloadClientId, outDir, onStart },
        ...(shape === undefined ? {} : { shape }),
        ...(retry === undefined ? {} : { retry }),
        onProgress: (progress) => onProgress(toLoadProgress(progress, durationSeconds)),
      }).catch((error: unknown) => {
        if (!(error instanceof RecorderDiedError)) throw error;
        problem = error.message;
      });
      const history = await openHistory(outDir).catch((error: unknown) => {
        // It died before there was a history: its own words say more.
        throw problem === undefined ? error : new RecorderDiedError(problem);
      });
      return { history, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

/** How recorders stand, as a run is told of it. */
export function toLoadProgress(
  { elapsedSeconds, sent, accepted, retried, refused, unknown, inFlight, p50Ms, p99Ms }: RecorderProgress,
  durationSeconds: number,
): LoadProgress {
  return {
    accepted,
    elapsedMs: elapsedSeconds * 1_000,
    // An order is sent again only after a send that failed.
    sends: { ended: accepted + retried + refused + unknown, failed: retried + refused + unknown },
    text:
      `load: ${Math.round(elapsedSeconds)} s of ${Math.round(durationSeconds)} s, ${sent} sent, ${accepted} accepted, ` +
      `${retried} retries, ${inFlight} in flight, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
  };
}

/**
 * k6, which tells the platform's Collector of itself while it runs.
 *
 * @param calibration what it costs by itself; undefined where nobody measured it
 */
export function k6Generator(k6Path: string, calibration: Calibration | undefined): LoadGenerator {
  const { requestRate, cpuUsPerRequest } = calibration ?? {};
  const cost = cpuUsPerRequest === undefined ? {} : { cpuUsPerRequest };
  return {
    client: 'k6',
    async send({ plan, directory, onProgress, otlpHttp, ...run }) {
      const { rate, durationSeconds, shape, ordersPerRequest, retry } = plan;
      const outDir = join(directory, 'load');
      let problem: string | undefined;
      await runK6({
        ...{ ...run, rate, durationSeconds, shape, ordersPerRequest, retry },
        ...{ k6Path, clientId: workloadClientId, outDir },
        ...(requestRate === undefined ? {} : { calibration: { requestRate, ...cost } }),
        otlpHttp: otlpHttp === '' ? undefined : otlpHttp,
        onProgress: ({ elapsedMs, completed }) => {
          const what = ordersPerRequest === undefined || ordersPerRequest === 1 ? 'orders' : 'requests';
          onProgress({ elapsedMs, text: `load: k6 has completed ${completed} ${what}` });
        },
        onProblem: (text) => {
          problem = text;
        },
      });
      const history = await readK6History(outDir);
      return problem === undefined ? { history } : { history, problem };
    },
  };
}
