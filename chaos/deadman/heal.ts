import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../../targets/target.ts';
import {
  type InjectIntent,
  type Journal,
  openIntents,
  openJournal,
  readJournal,
} from '../../verdict/index.ts';
import { reasonOf } from '../core/attempt.ts';
import type { FaultKind, Victim } from '../core/fault.ts';
import { healLeftovers } from '../core/nemesis.ts';
import { createNotes } from '../core/notes.ts';

/** How long is tried to heal, and to see it healed. */
const patienceMs = 60_000;

/**
 * Heals the faults that a run's journal holds open, and looks again until nothing is left of them: an injection that was
 * under way when the runner died may take effect after the first healing.
 *
 * @param options.isMine which of them; default all
 * @param options.because goes into the journal
 * @returns what is still wrong when the time is over; empty when everything is healed
 */
export async function healRun(options: {
  readonly target: Target;
  readonly kinds: Readonly<Record<string, FaultKind<never>>>;
  readonly journalFile: string;
  readonly isMine?: (injection: string) => boolean;
  readonly because: string;
  /** How long after a healing is looked whether it held. */
  readonly lookAfterMs?: number;
  readonly patienceMs?: number;
}): Promise<readonly string[]> {
  const { target, kinds, isMine = () => true, lookAfterMs = 1_000 } = options;
  const open = openIntents((await readJournal(options.journalFile)).entries).filter(({ injection }) =>
    isMine(injection),
  );
  if (open.length === 0) return [];
  const journal = await openJournal(options.journalFile, {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  const note = (text: string) => createNotes(journal).append({ type: 'note', text: `dead-man: ${text}` });
  const deadline = performance.now() + (options.patienceMs ?? patienceMs);
  try {
    await note(options.because);
    for (;;) {
      const wrong = await healOnce(target, { kinds, open, journal, lookAfterMs }).catch((error) => [
        reasonOf(error),
      ]);
      if (wrong.length === 0 || performance.now() >= deadline) {
        await note(wrong.length === 0 ? 'everything is healed' : `still wrong: ${wrong.join('; ')}`);
        return wrong;
      }
    }
  } finally {
    await journal.close();
  }
}

async function healOnce(
  target: Target,
  options: {
    readonly kinds: Readonly<Record<string, FaultKind<never>>>;
    readonly open: readonly InjectIntent[];
    readonly journal: Pick<Journal, 'append'>;
    readonly lookAfterMs: number;
  },
): Promise<readonly string[]> {
  const { problems } = await healLeftovers({ target, ...options });
  await sleep(options.lookAfterMs);
  const residue = await Promise.all(
    options.open.map(
      async ({ fault, healing }) => (await options.kinds[fault]?.residue(target, healing as Victim)) ?? [],
    ),
  );
  return [...problems, ...residue.flat()];
}
