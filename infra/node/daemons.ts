import { join } from 'node:path';
import type { ToolName } from '../../tools/index.ts';
import { type Layout, network } from './layout.ts';

/** The programs that make a node, as `ensureTools` finds them. */
export const nodeTools = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'etcd',
  'coredns',
  'pause',
  'netns-forward',
] as const satisfies readonly ToolName[];

export type NodeTools = Readonly<Record<(typeof nodeTools)[number], string>>;

export type Daemon = {
  readonly name: string;
  readonly argv: readonly string[];
  /** `machine`: outside the node's namespaces. */
  readonly place: 'node' | 'machine';
  /** `api`: is started when the API server answers, since it would give up or wait long otherwise. */
  readonly after: 'namespaces' | 'api';
};

const etcdUrl = 'http://127.0.0.1:2379';

/**
 * The daemons of a node, in the order of starting.
 *
 * The port of the API server is the same within the node and on the machine's loopback address, so that one kubeconfig
 * serves both.
 */
export function daemonsOf(
  layout: Layout,
  options: {
    readonly tools: NodeTools;
    readonly apiPort: number;
    readonly namespacePid: number;
    /** The program that runs TypeScript. */
    readonly node: string;
  },
): readonly Daemon[] {
  const { tools, apiPort } = options;
  const key = (name: string) => join(layout.pki, name);
  const config = (name: string) => join(layout.config, name);
  const inNode = (after: Daemon['after'], name: string, argv: readonly string[]): Daemon => ({
    name,
    argv,
    place: 'node',
    after,
  });
  return [
    inNode('namespaces', 'containerd', ['containerd', '--config', config('containerd.toml')]),
    inNode('namespaces', 'etcd', [
      tools.etcd,
      `--data-dir=${layout.etcd}`,
      // The node does not outlive a crash of the machine anyway.
      '--unsafe-no-fsync',
      '--log-level=warn',
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
    ]),
    inNode('namespaces', 'kube-apiserver', [
      tools['kube-apiserver'],
      `--advertise-address=${network.nodeIp}`,
      '--bind-address=0.0.0.0',
      `--secure-port=${apiPort}`,
      `--etcd-servers=${etcdUrl}`,
      `--service-cluster-ip-range=${network.services}`,
      `--client-ca-file=${key('ca.crt')}`,
      `--tls-cert-file=${key('apiserver.crt')}`,
      `--tls-private-key-file=${key('apiserver.key')}`,
      `--kubelet-certificate-authority=${key('ca.crt')}`,
      `--kubelet-client-certificate=${key('apiserver-to-kubelet.crt')}`,
      `--kubelet-client-key=${key('apiserver-to-kubelet.key')}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--service-account-key-file=${key('sa.pub')}`,
      `--service-account-signing-key-file=${key('sa.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      '--profiling=false',
    ]),
    {
      name: 'netns-forward',
      argv: [
        tools['netns-forward'],
        `127.0.0.1:${apiPort}`,
        String(options.namespacePid),
        `${network.nodeIp}:${apiPort}`,
      ],
      place: 'machine',
      after: 'namespaces',
    },
    inNode('api', 'kube-controller-manager', [
      tools['kube-controller-manager'],
      // As itself it would make an account for each of its controllers, one after the other: four seconds more.
      `--kubeconfig=${layout.kubeconfig}`,
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      `--service-account-private-key-file=${key('sa.key')}`,
      `--root-ca-file=${key('ca.crt')}`,
    ]),
    inNode('api', 'kube-scheduler', [
      tools['kube-scheduler'],
      `--kubeconfig=${config('scheduler.kubeconfig')}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
    ]),
    inNode('api', 'kubelet', [
      tools.kubelet,
      `--config=${config('kubelet.json')}`,
      `--kubeconfig=${config('kubelet.kubeconfig')}`,
      `--hostname-override=${layout.name}`,
      `--node-ip=${network.nodeIp}`,
    ]),
    inNode('api', 'kube-proxy', [tools['kube-proxy'], `--config=${config('proxy.json')}`]),
    inNode('api', 'volumes', [
      options.node,
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'volumes/main.ts'),
      layout.kubeconfig,
      layout.volumes,
      layout.name,
    ]),
  ];
}
