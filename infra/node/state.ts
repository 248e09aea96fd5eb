import { readFile, rename, writeFile } from 'node:fs/promises';
import { NodeError } from './errors.ts';
import type { Layout } from './layout.ts';

/** A node that got ready. */
export type NodeState = {
  readonly version: 1;
  readonly runDir: string;
  /** The name of the cluster's only node. */
  readonly name: string;
  /** Path of a kubeconfig with all rights; works on this machine and in the node's network. */
  readonly kubeconfig: string;
  /** `https://127.0.0.1:<port>`. */
  readonly apiServer: string;
  /** Of a process in whose namespaces the node lives. */
  readonly namespacePid: number;
  /** NodePorts are reached here, from within the node's network; see `insideNode`. */
  readonly nodeIp: string;
  /** What must run. */
  readonly daemons: readonly { readonly name: string; readonly argv: readonly string[] }[];
};

/** @returns undefined when no node got ready there since the last `down` */
export async function readState(layout: Layout): Promise<NodeState | undefined> {
  const text = await readFile(layout.stateFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new NodeError('unsupported', `${layout.stateFile} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  return text === undefined ? undefined : parseState(text);
}

/** The file is a state, and its node ready, or it is not there. */
export async function writeState(layout: Layout, state: NodeState): Promise<void> {
  const draft = `${layout.stateFile}.new`;
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(draft, layout.stateFile);
}

/** What cannot be read is as good as no node: `up` clears it away. */
function parseState(text: string): NodeState | undefined {
  try {
    const state = JSON.parse(text) as NodeState;
    return state.version === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}
