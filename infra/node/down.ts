import { resolve } from 'node:path';
import { removeCgroups } from './cgroups.ts';
import { removeDirectory, removeFiles } from './files.ts';
import { layoutOf } from './layout.ts';
import { findLeftovers } from './leftovers.ts';
import { withNodeLock } from './lock.ts';
import { endMarked } from './processes.ts';

/**
 * Ends the node of a directory, whatever state it is in, and forgets everything of it: its cluster, images, volumes,
 * and the directory, unless something else is in it. Where there is none, that is done already.
 *
 * @returns what is left on the machine all the same; empty when nothing is
 * @throws NodeError `busy`
 */
export async function nodeDown(options: {
  readonly runDir: string;
}): Promise<{ readonly wasRunning: boolean; readonly leftovers: readonly string[] }> {
  const layout = layoutOf(resolve(options.runDir));
  return withNodeLock(layout, async () => {
    const wasRunning = await endMarked(layout.runDir);
    await removeCgroups(layout.name);
    await removeFiles(layout);
    await removeDirectory(layout);
    return { wasRunning, leftovers: await findLeftovers(layout) };
  });
}
