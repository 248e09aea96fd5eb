import { join } from 'node:path';
import { clusterDomain, type Layout, network } from '../layout.ts';
import { containerdSocket } from './containerd.ts';

/** A KubeletConfiguration (kubelet.config.k8s.io/v1beta1) for a node whose images are imported and cannot be pulled. */
export function kubeletConfig(layout: Layout): object {
  const key = (name: string) => join(layout.pki, name);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.nodeIp,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: key('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: key('kubelet-server.crt'),
    tlsPrivateKeyFile: key('kubelet-server.key'),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${layout.name}`,
    enforceNodeAllocatable: ['pods'],
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    failSwapOn: false,
    oomScoreAdj: 0,
    clusterDomain,
    clusterDNS: [network.dnsIp],
    // The machine's own would send pods to name servers that they cannot reach.
    resolvConf: join(layout.config, 'resolv.conf'),
    // An image that is deleted to make room would be gone for good.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
  };
}
