import { type HistorySource, type LedgerResult, type StreamStarts, whole } from '../../verdict/index.ts';
import { attempt } from './attempt.ts';
import { auditTarget } from './audit.ts';
import { awaitDrain } from './drain.ts';
import type { Nemesis } from './nemesis.ts';
import type { RunOptions } from './options.ts';
import { lookUntilClean, type Swept } from './sweep.ts';

/** How long an interrupted run waits for healed victims, and then for the platform to come to rest. */
const interruptedWaitMs = 20_000;

/**
 * Heals what still holds, then waits until everything stored is settled and projected and victims are ready again; what
 * could not be healed is tried once more after the drain. An interrupted run waits only a little.
 */
export async function awaitRest(
  { experiment, target, signal, onStatus }: RunOptions,
  nemesis: Nemesis,
): Promise<Rest> {
  const heal = (because: string) =>
    nemesis.healAll(because).catch(() => {
      // The records say what could not be healed and why.
    });
  await heal('the run ends');
  const wait = (timeoutMs: number, ending?: AbortSignal) =>
    attempt(
      () =>
        awaitDrain({
          target,
          timeoutMs,
          ...(ending === undefined ? {} : { signal: ending }),
          onProgress: (backlog) =>
            onStatus(`drain: ${backlog.pending} groups to deliver, ${backlog.ackPending} to acknowledge`),
        }),
      (left) => ({ isDrained: false, left }),
    );
  const { drainMs, recoveryMs } = experiment.bounds;
  let rest = await wait(drainMs, signal);
  if (!rest.isDrained && signal.aborted) rest = await wait(interruptedWaitMs);
  // Brokers that gave no answer may give one by now, and the dead-man, which would heal it, ends with the run.
  if (nemesis.isHolding()) await heal('the drain is over');
  await nemesis.verify(recoveryMs, signal);
  if (signal.aborted) await nemesis.verify(interruptedWaitMs);
  return rest;
}

export type Rest = { readonly isDrained: boolean; readonly left: string };

/** Looks at the whole platform, not only at the victims: whether it is as it was. A run that broke nothing needs it not. */
export async function sweepUp({ experiment, target, sweeps, signal }: RunOptions): Promise<Swept> {
  if (experiment.steps.length === 0) return { looked: [], wrong: [] };
  const timeoutMs = signal.aborted ? interruptedWaitMs : experiment.bounds.recoveryMs;
  return lookUntilClean(target, sweeps, { timeoutMs });
}

/** Audits what was sent. */
export async function auditLoad(
  { experiment, target, runId, onStatus }: RunOptions,
  {
    history,
    starts,
    drain,
  }: {
    readonly history: HistorySource | undefined;
    readonly starts: StreamStarts;
    readonly drain: Rest;
  },
): Promise<Audited> {
  if (history === undefined) return { problem: 'there is no history of what was sent' };
  const ledger = await auditTarget({
    target,
    runId,
    history,
    starts,
    drain: drain.isDrained ? whole : { kind: 'part', why: drain.left },
    expected: experiment.tolerance.expected,
    onProgress: ({ step, done, total }) =>
      onStatus(`audit: ${step}, ${done}${total === undefined ? '' : ` of ${total}`}`),
  });
  return { ledger };
}

/** The ledger, or why there is none. */
export type Audited = { readonly ledger?: LedgerResult; readonly problem?: string };
