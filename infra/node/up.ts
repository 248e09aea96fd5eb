import { mkdir, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { addons } from './addons.ts';
import { connectApi, type NodeApi } from './api.ts';
import { attachNode, endedDaemonsOf } from './attach.ts';
import { createCgroups, removeCgroups } from './cgroups.ts';
import { writeConfigs } from './config/write.ts';
import { daemonsOf, type NodeTools } from './daemons.ts';
import { NodeError } from './errors.ts';
import { importArchives, writeSystemImages } from './images.ts';
import { type Layout, layoutOf, network } from './layout.ts';
import { withNodeLock } from './lock.ts';
import { createNamespaces } from './namespaces.ts';
import { createPki } from './pki.ts';
import { answersDns, hasContainerd, isNodeReady } from './probes.ts';
import { endMarked } from './processes.ts';
import { nodeUnavailable } from './requirements.ts';
import { startDaemons, waitUntil } from './start.ts';
import { type NodeState, writeState } from './state.ts';
import { findPluginFolder } from './system.ts';

export type NodeUpOptions = {
  /** Everything of the node is kept there, and goes with `down`. Not below /var or /run, which the node has of its own. */
  readonly runDir: string;
  readonly tools: NodeTools;
  /** Images to import: docker-archives. */
  readonly archives: readonly string[];
  /** An abort ends what was started. */
  readonly signal?: AbortSignal | undefined;
  /** Told, in a few words, what is waited for. */
  readonly onProgress?: ((message: string) => void) | undefined;
};

/** The start takes eight seconds on two idle cores. */
const deadlineMs = 180_000;

/**
 * Starts a cluster of one node on this machine: ready to take pods, with a name service, and volumes for claims that
 * name no class. It outlives this program. A node that runs already stays as it is; what is left of one that has
 * broken is cleared away, with its cluster.
 *
 * @throws NodeError `unsupported`, `busy`, `refused`; `not-ready`, naming the daemon that ended with the end of its log.
 *   Nothing runs then; the logs stay until the next `up` or `down`.
 */
export async function nodeUp(options: NodeUpOptions): Promise<NodeState> {
  const layout = layoutOf(resolve(options.runDir));
  const problem = (await nodeUnavailable()) ?? hiddenPath([layout.runDir, ...Object.values(options.tools)]);
  if (problem !== undefined) throw new NodeError('unsupported', problem);
  return withNodeLock(layout, async () => {
    const running = await findRunning(layout, options);
    if (running !== undefined) {
      await importImages(running, options.archives);
      return running;
    }
    await clear(layout, options);
    try {
      return await start(layout, options);
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

/** Removes what a killed or broken predecessor left; only the lock is this one's. */
async function clear(layout: Layout, { onProgress }: NodeUpOptions): Promise<void> {
  if (await end(layout)) onProgress?.('what an earlier node had left running was ended');
  const kept = [layout.lock, `${layout.lock}.pid`].map((path) => basename(path));
  for (const entry of await readdir(layout.runDir)) {
    if (!kept.includes(entry)) await rm(join(layout.runDir, entry), { recursive: true, force: true });
  }
}

/** @returns whether anything ran */
async function end(layout: Layout): Promise<boolean> {
  const wasRunning = await endMarked(layout.runDir);
  await removeCgroups(layout.name);
  return wasRunning;
}

async function start(layout: Layout, options: NodeUpOptions): Promise<NodeState> {
  const { tools, signal, onProgress } = options;
  const deadline = performance.now() + deadlineMs;
  const apiPort = await pickPort();
  const apiServer = `https://127.0.0.1:${apiPort}`;
  onProgress?.('making certificates and images');
  for (const folder of [layout.logs, layout.volumes]) await mkdir(folder, { recursive: true });
  const [systemImages] = await Promise.all([writeSystemImages(layout, tools), createPki(layout, signal)]);
  await writeConfigs(layout, { apiServer, pluginFolder: (await findPluginFolder()) ?? '' });
  await createCgroups(layout.name);
  const namespacePid = await createNamespaces(layout, tools.pause, signal);

  const daemons = daemonsOf(layout, { tools, apiPort, namespacePid, node: process.execPath });
  const [first, second] = ['namespaces', 'api'].map((after) => daemons.filter((d) => d.after === after));
  onProgress?.('waiting for containerd');
  await startDaemons(first ?? [], layout, namespacePid);
  const waiting = { layout, deadline, signal };
  await waitUntil(() => hasContainerd(namespacePid), {
    ...waiting,
    what: 'containerd',
    daemons: first ?? [],
  });
  await importArchives(namespacePid, systemImages);

  onProgress?.('waiting for the API server');
  const api = connectApi(layout.kubeconfig);
  try {
    await waitUntil(() => api.isReady(), { ...waiting, what: 'the API server', daemons: first ?? [] });
    await startDaemons(second ?? [], layout, namespacePid);
    await applyAddons(api);
    await importArchives(namespacePid, options.archives);
    onProgress?.('waiting for the node');
    await waitUntil(() => isNodeReady(api, layout.name), {
      ...waiting,
      what: 'the node to be ready',
      daemons,
    });
    onProgress?.('waiting for the name service');
    await waitUntil(() => answersDns({ namespacePid }), {
      ...waiting,
      what: 'the name service to answer',
      daemons,
    });
  } finally {
    api.close();
  }
  const node: NodeState = {
    version: 1,
    runDir: layout.runDir,
    name: layout.name,
    kubeconfig: layout.kubeconfig,
    apiServer,
    namespacePid,
    nodeIp: network.nodeIp,
    daemons: daemons.map(({ name, argv }) => ({ name, argv })),
  };
  await writeState(layout, node);
  return node;
}

async function applyAddons(api: NodeApi): Promise<void> {
  for (const { path, object } of addons) await api.apply(path, object);
}

/** A port that is free on the machine's loopback address, and by the way in the node's empty network. */
async function pickPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
