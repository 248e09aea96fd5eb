import { type DeployedPlatform, deployedPlatform } from '../../topology/kubernetes/index.ts';
import type { Stack } from '../stack.ts';
import { stackLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';

/** Says what was deployed, and whether load and chaos may be sent to it, for whoever finds only the namespace. */
export function platformManifests(stack: Stack): readonly Manifest[] {
  const { topology, proxies, config } = stack;
  const deployed: DeployedPlatform = {
    stack: stack.name,
    isForTests: config.environment === 'test',
    topology,
    proxies,
    ...(config.tls ? { tls: true } : {}),
    ...(config.apiKeys ? { apiKeys: true } : {}),
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: deployedPlatform.configMap,
        namespace: config.namespace,
        labels: stackLabels(stack),
      },
      data: { [deployedPlatform.key]: JSON.stringify(deployed) },
    },
  ];
}
