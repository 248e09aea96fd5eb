import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Target } from '../../targets/target.ts';
import { openIntents, openJournal, readJournal } from '../../verdict/index.ts';
import type { FaultKind } from './fault.ts';
import { healLeftovers } from './nemesis.ts';

/** The journal of a run, in the run's directory. */
export const journalFile = 'journal.ndjson';

/**
 * Heals the faults that runs before this one injected and did not heal, because they were killed.
 *
 * @param options.runsDir one directory a run; a missing one means that there were no runs
 * @returns what was healed, in the journals' words
 */
export async function healOpenFaults(options: {
  readonly target: Target;
  readonly kinds: Readonly<Record<string, FaultKind<never>>>;
  readonly runsDir: string;
}): Promise<readonly string[]> {
  const runs = await readdir(options.runsDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const healed: string[] = [];
  for (const run of runs) {
    const file = join(options.runsDir, run, journalFile);
    const journaled = await readJournal(file).catch((error: NodeJS.ErrnoException) => {
      // A run that died before its journal was there had injected nothing.
      if (error.code === 'ENOENT') return { entries: [] };
      throw error;
    });
    const open = openIntents(journaled.entries);
    if (open.length === 0) continue;
    const journal = await openJournal(file, { nowMs: Date.now, monotonicMs: () => performance.now() });
    try {
      await healLeftovers({ target: options.target, kinds: options.kinds, open, journal });
    } finally {
      await journal.close();
    }
    healed.push(...open.map((intent) => intent.target));
  }
  return healed;
}
