import { delay } from '../../services/runtime/index.ts';
import { workloadClientId } from '../../verdict/workload.ts';
import { attempt } from './attempt.ts';
import type { FaultError } from './fault.ts';
import type { LoadProgress, SentLoad } from './load.ts';
import type { Nemesis } from './nemesis.ts';
import type { RunOptions } from './options.ts';
import type { PhaseLog } from './phases.ts';
import { runSteps, type StepOutcome } from './steps.ts';
import type { UsageMeter } from './usage.ts';
import { watchLimits } from './watch.ts';

const usageIntervalMs = 2_000;

/** What came of the load and of the faults in it. */
export type LoadOutcome = StepOutcome & {
  /** Absent when nothing was recorded; `problem` then says why. */
  readonly sent?: SentLoad;
  readonly problem?: string;
};

/** Sends the load and, in it, goes through the steps, each of which heals what it broke. */
export async function loadAndBreak(
  options: RunOptions & {
    readonly phases: PhaseLog;
    readonly nemesis: Nemesis;
    readonly usage: UsageMeter;
    /** Ends the run early. */
    readonly abort: (reason: FaultError) => void;
  },
): Promise<LoadOutcome> {
  const { experiment, target, signal, nemesis, usage, nowMs } = options;
  const { order, collectorOtlpHttp } = await target.addresses();
  const clientKey = await target.clientKey?.(workloadClientId);
  await usage.sample();
  const loadEnded = new AbortController();
  let progress: LoadProgress = { text: '' };
  // A generator takes its time to start, on a busy machine seconds; the steps count from its first order.
  const loadStarted = Promise.withResolvers<number>();
  const sending = attempt(
    async (): Promise<Pick<LoadOutcome, 'sent' | 'problem'>> => ({
      sent: await options.generator.send({
        urls: order,
        ...(clientKey === undefined ? {} : { clientKey }),
        otlpHttp: collectorOtlpHttp,
        runId: options.runId,
        plan: experiment.load,
        seed: options.seed,
        directory: options.directory,
        signal,
        onProgress: (newest) => {
          progress = newest;
          loadStarted.resolve(nowMs() - (newest.elapsedMs ?? 0));
          options.onStatus(newest.text);
        },
      }),
    }),
    (problem) => ({ problem }),
  ).finally(() => {
    loadStarted.resolve(nowMs());
    loadEnded.abort();
  });
  const sampling = sampleUntil(usage, loadEnded.signal);
  const watching = watchLimits({
    ...options,
    limits: experiment.aborts,
    isHolding: nemesis.isHolding,
    progress: () => progress,
    signal: loadEnded.signal,
  });
  const stepped = await attempt<StepOutcome>(
    async () =>
      runSteps({
        steps: experiment.steps,
        loadStartedAtMs: await loadStarted.promise,
        loadMs: experiment.load.durationSeconds * 1_000,
        nemesis,
        phases: options.phases,
        bounds: experiment.bounds,
        nowMs,
        signal: AbortSignal.any([signal, loadEnded.signal]),
      }),
    (reason) => ({ steps: [], failures: [{ step: 'the steps', reason }] }),
  );
  const outcome = await sending;
  await Promise.all([sampling, watching]);
  return { ...outcome, ...stepped };
}

async function sampleUntil(usage: UsageMeter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Aborted meanwhile, it takes one last sample.
    await delay(usageIntervalMs, signal);
    await usage.sample().catch(() => {
      // An instance that is being killed has no figures; the next sample goes on.
    });
  }
}
