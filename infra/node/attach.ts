import { resolve } from 'node:path';
import { layoutOf } from './layout.ts';
import { isMarked } from './processes.ts';
import { type NodeState, readState } from './state.ts';
import { endedDaemons } from './supervise.ts';

/** The node that runs in a directory; undefined when none does. Its daemons may have ended: see {@link endedDaemonsOf}. */
export async function attachNode(runDir: string): Promise<NodeState | undefined> {
  const layout = layoutOf(resolve(runDir));
  const state = await readState(layout);
  return state !== undefined && isMarked(state.namespacePid, layout.runDir) ? state : undefined;
}

/** The names of a node's daemons that do not run any more. Nobody starts them again but the next `up`. */
export function endedDaemonsOf(node: NodeState): readonly string[] {
  return endedDaemons(node.daemons, node.runDir).map(({ name }) => name);
}
