import { join } from 'node:path';
import type { LoadGenerator } from '../chaos/index.ts';
import { RecorderDiedError, readK6History, readK6Summary, runK6, spawnRecorder } from '../loadtests/index.ts';
import { type LatencySummary, openHistory, type Percentiles } from '../verdict/index.ts';
import { workloadClientId } from '../verdict/workload.ts';

/** The recorder, as a process of its own. */
export const recorderGenerator: LoadGenerator = {
  client: 'recorder',
  async send({ plan, directory, onProgress, ...run }) {
    const outDir = join(directory, 'load');
    let problem: string | undefined;
    await spawnRecorder({
      ...run,
      rate: plan.rate,
      durationSeconds: plan.durationSeconds,
      clientId: workloadClientId,
      outDir,
      onProgress: ({ elapsedSeconds, sent, accepted, retried, refused, unknown, inFlight, p50Ms, p99Ms }) =>
        onProgress({
          accepted,
          elapsedMs: elapsedSeconds * 1_000,
          // An order is sent again only after a send that failed.
          sends: { ended: accepted + retried + refused + unknown, failed: retried + refused + unknown },
          text:
            `load: ${Math.round(elapsedSeconds)} s of ${plan.durationSeconds} s, ${sent} sent, ${accepted} accepted, ` +
            `${retried} retries, ${inFlight} in flight, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
        }),
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

/** k6's `steady` scenario. */
export function k6Generator(k6Path: string): LoadGenerator {
  return {
    client: 'k6',
    async send({ plan, directory, onProgress, ...run }) {
      const outDir = join(directory, 'load');
      let problem: string | undefined;
      await runK6({
        ...run,
        rate: plan.rate,
        durationSeconds: plan.durationSeconds,
        k6Path,
        clientId: workloadClientId,
        outDir,
        onProgress: ({ elapsedMs, completed }) =>
          onProgress({ elapsedMs, text: `load: k6 has completed ${completed} orders` }),
        onProblem: (text) => {
          problem = text;
        },
      });
      const history = await readK6History(outDir);
      return problem === undefined ? { history, overall: await k6Latency(outDir) } : { history, problem };
    },
  };
}

/** k6's history knows the times of slow orders only; its summary those of all. */
async function k6Latency(directory: string): Promise<LatencySummary> {
  const { attempted, accepted, orderDurationMs } = await readK6Summary(directory);
  const final: Percentiles = {
    samples: attempted,
    p50Us: orderDurationMs.p50 * 1_000,
    p90Us: orderDurationMs.p90 * 1_000,
    p99Us: orderDurationMs.p99 * 1_000,
    p999Us: orderDurationMs.p999 * 1_000,
    maxUs: orderDurationMs.max * 1_000,
  };
  return { name: 'overall', orders: attempted, accepted, final, firstTry: undefined };
}
