/** The helper of cpu-squeeze: stops an instance for most of each period, and lets it run for the rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { attachTarget } from '../../../targets/attach.ts';
import { type Target, TargetError, type TargetRef } from '../../../targets/target.ts';
import { runHelper } from './helper.ts';

export type Squeeze = {
  readonly target: TargetRef;
  readonly instance: string;
  readonly stoppedMs: number;
  readonly runningMs: number;
};

await runHelper<Squeeze>(async ({ target: ref, instance, stoppedMs, runningMs }) => {
  const target = await attachTarget(ref);
  return async (signal) => {
    while (!signal.aborted) {
      await whereItRuns(() => target.pause(instance));
      await rest(stoppedMs, signal);
      await whereItRuns(() => target.resume(instance));
      await rest(runningMs, signal);
    }
  };
});

/** Another fault may have ended the instance; it is squeezed again once it is back. */
async function whereItRuns(act: () => ReturnType<Target['pause']>): Promise<void> {
  await act().catch((error: unknown) => {
    if (!(error instanceof TargetError && error.code === 'not-running')) throw error;
  });
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    // It is to end: the loop finds out.
  });
}
