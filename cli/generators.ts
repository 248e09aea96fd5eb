import { join } from 'node:path';
import type { LoadGenerator } from '../chaos/core/load.ts';
import { RecorderDiedError, readK6History, runK6, spawnRecorder } from '../loadtests/index.ts';
import { openHistory } from '../verdict/index.ts';
import { workloadClientId } from '../verdict/workload.ts';

/** The recorder, as a process of its own. */
export const recorderGenerator: LoadGenerator = {
  client: 'recorder',
  async send({ urls, runId, plan, seed, directory, signal, onProgress }) {
    const outDir = join(directory, 'load');
    await spawnRecorder({
      urls,
      runId,
      clientId: workloadClientId,
      ...plan,
      seed,
      outDir,
      signal,
      onProgress: ({ elapsedSeconds, sent, accepted, retried, inFlight, p50Ms, p99Ms }) =>
        onProgress({
          text:
            `load: ${Math.round(elapsedSeconds)} s of ${plan.durationSeconds} s, ${sent} sent, ${accepted} accepted, ` +
            `${retried} retries, ${inFlight} in flight, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
        }),
    }).catch((error: unknown) => {
      // The manifest on disk has no `finished` then, which is what makes the run INCONCLUSIVE.
      if (!(error instanceof RecorderDiedError)) throw error;
      onProgress({ text: error.message });
    });
    return openHistory(outDir);
  },
};

/** k6's `steady` scenario. */
export function k6Generator(k6Path: string): LoadGenerator {
  return {
    client: 'k6',
    async send({ urls, runId, plan, seed, directory, signal, onProgress }) {
      const outDir = join(directory, 'load');
      await runK6({
        k6Path,
        urls,
        runId,
        clientId: workloadClientId,
        ...plan,
        seed,
        outDir,
        signal,
        onProgress: ({ completed }) => onProgress({ text: `load: k6 has completed ${completed} orders` }),
        onProblem: (problem) => onProgress({ text: `k6: ${problem}` }),
      });
      return readK6History(outDir);
    },
  };
}
