import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Target, TargetRef } from '../../targets/target.ts';
import { type JournalEntry, openIntents, openJournal, readJournal } from '../../verdict/index.ts';
import { reasonOf } from './attempt.ts';
import type { FaultKind } from './fault.ts';
import { healLeftovers, type Leftovers } from './nemesis.ts';

/** The journal of a run, in the run's directory. */
export const journalFile = 'journal.ndjson';

/**
 * Heals the faults that runs before this one injected into the target and did not heal, because they were killed. Nobody
 * else may be running an experiment on the target: its faults would be healed too.
 *
 * @param options.runsDir one directory a run; a missing one means that there were no runs
 * @returns what was healed and what could not be: faults, and journals that cannot be read
 */
export async function healOpenFaults(options: {
  readonly target: Target;
  readonly kinds: Readonly<Record<string, FaultKind<never>>>;
  readonly runsDir: string;
}): Promise<Leftovers> {
  const healed: string[] = [];
  const problems: string[] = [];
  const runs = await readdir(options.runsDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') problems.push(reasonOf(error));
    return [];
  });
  for (const run of runs) {
    try {
      const leftovers = await healRun(join(options.runsDir, run, journalFile), options);
      healed.push(...leftovers.healed);
      problems.push(...leftovers.problems);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  return { healed, problems };
}

async function healRun(
  file: string,
  { target, kinds }: Pick<Parameters<typeof healOpenFaults>[0], 'target' | 'kinds'>,
): Promise<Leftovers> {
  const journaled = await readJournal(file).catch((error: NodeJS.ErrnoException) => {
    // A run that died before its journal was there had injected nothing.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return { entries: [] };
    throw error;
  });
  const open = openIntents(journaled.entries);
  if (open.length === 0 || !isOf(target.ref, journaled.entries)) return { healed: [], problems: [] };
  const journal = await openJournal(file, { nowMs: Date.now, monotonicMs: () => performance.now() });
  try {
    return await healLeftovers({ target, kinds, open, journal });
  } finally {
    await journal.close();
  }
}

/**
 * Whether a journal is of a run on that target. A directory has the runs of one local platform, and of any in clusters; a
 * deployment that was made anew has nothing left of what was done to the one before.
 */
function isOf(ref: TargetRef, entries: readonly JournalEntry[]): boolean {
  const started = entries.find((entry) => entry.type === 'run-started');
  const { target } = (started?.facts ?? {}) as { readonly target?: TargetRef };
  if (target === undefined || target.kind === 'local') return ref.kind === 'local';
  return ref.kind === 'kubernetes' && ref.deployment === target.deployment;
}
