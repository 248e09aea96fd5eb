import { network } from '../layout.ts';

/** One bridge for all pods. It enforces no NetworkPolicy. Addresses are given anew after each start of the node. */
export const podNetwork = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      isDefaultGateway: true,
      // A pod may be behind the Service it calls.
      hairpinMode: true,
      ipam: { type: 'host-local', dataDir: '/run/cni/ipam', ranges: [[{ subnet: network.pods }]] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
} as const;
