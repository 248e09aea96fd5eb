import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Addresses of the node. They exist only in its network namespace, so no other network can collide with them. */
export const network = {
  nodeIp: '10.250.0.1',
  services: '10.96.0.0/16',
  /** The first address of {@link network.services}: Kubernetes gives it to its own API. */
  apiServiceIp: '10.96.0.1',
  dnsIp: '10.96.0.10',
  pods: '10.244.0.0/24',
} as const;

export const clusterDomain = 'cluster.local';

/** Where a node keeps what, and what it is called. */
export type Layout = {
  readonly runDir: string;
  /** Also the name of its cgroups. The same for the same directory, so that what a dead node left is found again. */
  readonly name: string;
  readonly stateFile: string;
  readonly lock: string;
  /** With all rights; for `KUBECONFIG`. */
  readonly kubeconfig: string;
  readonly pki: string;
  readonly config: string;
  readonly logs: string;
  readonly images: string;
  readonly etcd: string;
  /** What the node sees as /var. */
  readonly var: string;
  readonly volumes: string;
};

/** @param runDir absolute */
export function layoutOf(runDir: string): Layout {
  const digest = createHash('sha256').update(runDir).digest('hex').slice(0, 8);
  return {
    runDir,
    name: `stormproof-${digest}`,
    stateFile: join(runDir, 'state.json'),
    lock: join(runDir, 'lock'),
    kubeconfig: join(runDir, 'kubeconfig'),
    pki: join(runDir, 'pki'),
    config: join(runDir, 'config'),
    logs: join(runDir, 'logs'),
    images: join(runDir, 'images'),
    etcd: join(runDir, 'etcd'),
    var: join(runDir, 'var'),
    volumes: join(runDir, 'volumes'),
  };
}
