import { statfs } from 'node:fs/promises';
import { delay } from '../../services/runtime/index.ts';
import type { Target } from '../../targets/target.ts';
import { type AbortLimits, createAbortJudge } from './abort.ts';
import { attempt } from './attempt.ts';
import { FaultError } from './fault.ts';
import type { LoadProgress } from './load.ts';

const lookEveryMs = 1_000;

/**
 * Looks at a run once a second while faults may be in effect, and aborts it when a limit is passed or it cannot look.
 *
 * @param options.isHolding whether there is anything to watch for now
 * @param options.progress how the load stands, as far as the client tells meanwhile
 * @param options.directory lies on the disk that must not get full
 * @param options.abort called at most once, with the limit that was passed
 * @param options.signal ends the watch
 */
export async function watchLimits(options: {
  readonly target: Target;
  readonly limits: AbortLimits;
  readonly isHolding: () => boolean;
  readonly progress: () => Pick<LoadProgress, 'accepted' | 'sends'>;
  readonly directory: string;
  readonly nowMs: () => number;
  readonly abort: (reason: FaultError) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { target, directory, nowMs, signal } = options;
  let judge = createAbortJudge(options.limits);
  while (!signal.aborted) {
    await delay(lookEveryMs, signal);
    if (!options.isHolding()) {
      judge = createAbortJudge(options.limits);
      continue;
    }
    const passed = await attempt(
      async () => {
        const [isReachable, disk] = await Promise.all([answers(target), statfs(directory)]);
        return judge({
          atMs: nowMs(),
          isReachable,
          accepted: options.progress().accepted,
          sends: options.progress().sends,
          diskFreeBytes: disk.bavail * disk.bsize,
        });
      },
      (reason) => `nobody could look: ${reason}`,
    );
    if (passed !== undefined) {
      const at = new Date(nowMs()).toISOString().slice(11, 19);
      options.abort(new FaultError(`an abort condition at ${at} UTC: ${passed}`));
      return;
    }
  }
}

/** Whether any order replica answers anything at all. */
async function answers(target: Target): Promise<boolean> {
  const tried = await Promise.allSettled(
    (await target.addresses()).order.map((url) => fetch(url, { signal: AbortSignal.timeout(lookEveryMs) })),
  );
  for (const result of tried) {
    if (result.status === 'fulfilled') await result.value.body?.cancel();
  }
  return tried.some(({ status }) => status === 'fulfilled');
}
