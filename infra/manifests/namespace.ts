import type { Stack } from '../stack.ts';
import { stackLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';

/** Marks the namespace of a platform that load and chaos may be sent to. */
const forTestsLabel = 'stormproof.dev/for-tests';

/** The namespace, where pods that are not restricted are refused; nothing when it exists already. */
export function namespaceManifests(stack: Stack): readonly Manifest[] {
  const { namespace, createNamespace, environment } = stack.config;
  if (!createNamespace) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          ...stackLabels(stack),
          [forTestsLabel]: String(environment === 'test'),
          ...Object.fromEntries(
            ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
          ),
        },
      },
    },
  ];
}
