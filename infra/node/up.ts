import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { attachNode, endedDaemonsOf } from './attach.ts';
import { removeCgroups } from './cgroups.ts';
import { NodeError } from './errors.ts';
import { removeFiles } from './files.ts';
import { importArchives } from './images.ts';
import { type Layout, layoutOf } from './layout.ts';
import { withNodeLock } from './lock.ts';
import { endMarked } from './processes.ts';
import { nodeUnavailable } from './requirements.ts';
import { type StartOptions, startNode } from './start.ts';
import type { NodeState } from './state.ts';

export type NodeUpOptions = StartOptions & {
  /** Everything of the node is kept there, and goes with `down`. Not below /var or /run: the node has its own. */
  readonly runDir: string;
};

/**
 * Starts a cluster of one node on this machine: ready to take pods, with a name service, and volumes for claims that
 * name no class. It outlives this program. A node that runs already stays as it is; what is left of one that has
 * broken is cleared away, with its cluster.
 *
 * @throws NodeError `unsupported`, `busy`, `refused`; `not-ready`, naming the daemon that ended with the end of its
 *   log; the system's error for an archive that cannot be read. Nothing runs then that did not run before; the logs
 *   stay until the next `up` or `down`.
 */
export async function nodeUp(options: NodeUpOptions): Promise<NodeState> {
  const layout = layoutOf(resolve(options.runDir));
  const problem = (await nodeUnavailable()) ?? hiddenPath([layout.runDir, ...Object.values(options.tools)]);
  if (problem !== undefined) throw new NodeError('unsupported', problem);
  for (const archive of options.archives) await access(archive, constants.R_OK);
  return withNodeLock(layout, async () => {
    const running = await findRunning(layout, options);
    if (running !== undefined) {
      await importImages(running, options.archives);
      return running;
    }
    await clear(layout, options);
    try {
      return await startNode(layout, options);
    } catch (error) {
      await end(layout);
      throw error;
    }
  });
}

/** Makes the images of archives known to a node; see {@link importArchives}. */
export async function importImages(node: NodeState, archives: readonly string[]): Promise<void> {
  await importArchives(node.namespacePid, archives);
}

function hiddenPath(paths: readonly string[]): string | undefined {
  const hidden = paths.find((path) => /^\/(var|run)\//.test(resolve(path)));
  return hidden === undefined
    ? undefined
    : `${hidden} cannot be seen by the node, which has a /var and a /run of its own: put it elsewhere.`;
}

async function findRunning(layout: Layout, { onProgress }: NodeUpOptions): Promise<NodeState | undefined> {
  const node = await attachNode(layout.runDir);
  if (node === undefined) return undefined;
  const ended = endedDaemonsOf(node);
  if (ended.length === 0) {
    onProgress?.('a node runs already');
    return node;
  }
  onProgress?.(`a node whose ${ended.join(' and ')} had ended is replaced`);
  return undefined;
}

/** Removes what a killed or broken predecessor left. */
async function clear(layout: Layout, { onProgress }: NodeUpOptions): Promise<void> {
  if (await end(layout)) onProgress?.('what an earlier node had left running was ended');
  await removeFiles(layout);
}

/** @returns whether anything ran */
async function end(layout: Layout): Promise<boolean> {
  const wasRunning = await endMarked(layout.runDir);
  await removeCgroups(layout.name);
  return wasRunning;
}
