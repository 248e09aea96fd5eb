import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { addons } from './addons.ts';
import { connectApi } from './api.ts';
import { createCgroups } from './cgroups.ts';
import { writeConfigs } from './config/write.ts';
import { type Daemon, daemonsOf, type NodeTools } from './daemons.ts';
import { importArchives, writeSystemImages } from './images.ts';
import { type Layout, network } from './layout.ts';
import { createNamespaces } from './namespaces.ts';
import { createPki } from './pki.ts';
import { answersDns, hasContainerd, isNodeReady, takesObjects } from './probes.ts';
import { type NodeState, writeState } from './state.ts';
import { startDaemons, waitUntil } from './supervise.ts';
import { findPluginFolder, pluginFolders } from './system.ts';

export type StartOptions = {
  /** Paths, as `ensureTools(nodeTools, …)` gives them. */
  readonly tools: NodeTools;
  /** Images to import: docker-archives. */
  readonly archives: readonly string[];
  /** An abort ends what was started. */
  readonly signal?: AbortSignal | undefined;
  /** Told, in a few words, what is waited for. */
  readonly onProgress?: ((message: string) => void) | undefined;
};

/** It takes eight seconds on two idle cores. */
const deadlineMs = 180_000;

/**
 * Starts a node in a directory where none is, and waits until it takes pods, name service included.
 *
 * @throws NodeError `refused`, `not-ready`. What was started runs on; the caller ends it.
 */
export async function startNode(layout: Layout, options: StartOptions): Promise<NodeState> {
  const { tools, signal, onProgress } = options;
  onProgress?.('making certificates and images');
  const apiPort = await pickPort();
  const apiServer = `https://127.0.0.1:${apiPort}`;
  const systemImages = await prepare(layout, { tools, apiServer, signal });
  const namespacePid = await createNamespaces(layout, tools.pause, signal);
  const daemons = daemonsOf(layout, { tools, apiPort, namespacePid, node: process.execPath });
  const deadline = performance.now() + deadlineMs;
  const wait = (what: string, running: readonly Daemon[], condition: () => boolean | Promise<boolean>) => {
    onProgress?.(`waiting for ${what}`);
    return waitUntil(condition, { what, daemons: running, layout, deadline, signal });
  };

  const first = daemons.filter(({ after }) => after === 'namespaces');
  await startDaemons(first, layout, namespacePid);
  await wait('containerd', first, () => hasContainerd(namespacePid));
  await importArchives(namespacePid, systemImages);
  const api = connectApi(layout.kubeconfig);
  try {
    await wait('the API server', first, () => takesObjects(api));
    const second = daemons.filter(({ after }) => after === 'api');
    await startDaemons(second, layout, namespacePid);
    for (const { path, object } of addons) await api.apply(path, object);
    await importArchives(namespacePid, options.archives);
    await wait('the kubelet', daemons, () => isNodeReady(api, layout.name));
    await wait('the name service', daemons, () => answersDns({ namespacePid }));
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

/** Makes everything that is made before the node has namespaces. @returns the archives of its own images */
async function prepare(
  layout: Layout,
  options: {
    readonly tools: NodeTools;
    readonly apiServer: string;
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly string[]> {
  for (const folder of [layout.logs, layout.volumes]) await mkdir(folder, { recursive: true });
  const [archives] = await Promise.all([
    writeSystemImages(layout, options.tools),
    createPki(layout, options.signal),
  ]);
  await createCgroups(layout.name);
  const pluginFolder = (await findPluginFolder(pluginFolders)) ?? '';
  await writeConfigs(layout, { apiServer: options.apiServer, pluginFolder });
  return archives;
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
