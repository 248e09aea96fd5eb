import { type Layout, network } from '../layout.ts';

/** A KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1) that leaves the machine's connection tracking alone. */
export function proxyConfig(layout: Layout, kubeconfig: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    hostnameOverride: layout.name,
    mode: 'iptables',
    clusterCIDR: network.pods,
    oomScoreAdj: 0,
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
