import { existsSync } from 'node:fs';
import type { Node } from 'kubernetes-types/core/v1.d.ts';
import { runProgram } from '../../tools/index.ts';
import type { NodeApi } from './api.ts';
import { containerdSocket } from './config/containerd.ts';
import { insideNode } from './inside.ts';
import { clusterDomain, network } from './layout.ts';
import { systemPath } from './system.ts';

export function hasContainerd(namespacePid: number): boolean {
  return existsSync(`/proc/${namespacePid}/root${containerdSocket}`);
}

/** Whether the API server takes the node's own objects; it makes their namespace a moment after it is ready. */
export async function takesObjects(api: NodeApi): Promise<boolean> {
  return (await api.isReady()) && (await exists(api, '/api/v1/namespaces/kube-system'));
}

/** Whether pods can be placed on the node. */
export async function isNodeReady(api: NodeApi, name: string): Promise<boolean> {
  // Until the kubelet has introduced itself there is no such node.
  const node = await api.get<Node>(`/api/v1/nodes/${name}`).catch(() => undefined);
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function exists(api: NodeApi, path: string): Promise<boolean> {
  return api.get(path).then(
    () => true,
    () => false,
  );
}

const resolve = `
const resolver = new (require('node:dns').promises.Resolver)({ timeout: 1000, tries: 1 });
resolver.setServers(['${network.dnsIp}']);
resolver.resolve4('kubernetes.default.svc.${clusterDomain}').then(console.log, () => process.exit(1));
`;

/** Whether the cluster's name service answers at the address that pods ask, by way of its Service. */
export async function answersDns(node: { readonly namespacePid: number }): Promise<boolean> {
  const [program = '', ...args] = insideNode(node, [process.execPath, '-e', resolve]);
  const { exitCode } = await runProgram(program, args, { env: { PATH: systemPath } });
  return exitCode === 0;
}
