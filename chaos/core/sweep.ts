import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import { attempt } from './attempt.ts';

/**
 * A part of a platform that faults disturb, looked at and put right as a whole: whoever disturbed it, journaled or not.
 */
export type Sweep = {
  /** What is looked at, in the plural: `proxies`. */
  readonly name: string;
  look(target: Target): Promise<Swept>;
  /** Makes everything as it should be. May be called when nothing is wrong. */
  heal(target: Target): Promise<void>;
};

export type Swept = {
  /** Each thing that was looked at: `proxy payment-psp`, `nats-0`. */
  readonly looked: readonly string[];
  /** What is wrong with them. */
  readonly wrong: readonly string[];
};

/** Looks at every part; one that cannot be looked at is wrong. */
export async function look(target: Target, sweeps: readonly Sweep[]): Promise<Swept> {
  const swept = await Promise.all(
    sweeps.map((sweep) =>
      attempt<Swept>(
        () => sweep.look(target),
        (reason) => ({ looked: [], wrong: [`the ${sweep.name} cannot be looked at: ${reason}`] }),
      ),
    ),
  );
  return { looked: swept.flatMap(({ looked }) => looked), wrong: swept.flatMap(({ wrong }) => wrong) };
}

/** Looks until nothing is wrong, the time is over or the signal aborts. */
export async function lookUntilClean(
  target: Target,
  sweeps: readonly Sweep[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<Swept> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const swept = await look(target, sweeps);
    if (swept.wrong.length === 0 || options.signal?.aborted || performance.now() >= deadline) return swept;
    await sleep(500);
  }
}

/**
 * Heals every part of a target, the ones after a failure as well.
 * @returns why parts could not be healed
 */
export async function healParts(target: Target, sweeps: readonly Sweep[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const sweep of sweeps) {
    await attempt(
      () => sweep.heal(target),
      (reason) => void problems.push(`the ${sweep.name} could not be healed: ${reason}`),
    );
  }
  return problems;
}
