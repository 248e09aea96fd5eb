import type { Stack } from '../stack.ts';
import { stackLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';

/** The namespace, where pods that are not restricted are refused; nothing when it exists already. */
export function namespaceManifests(stack: Stack): readonly Manifest[] {
  const { namespace, createNamespace } = stack.config;
  if (!createNamespace) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          ...stackLabels(stack),
          ...Object.fromEntries(
            ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
          ),
        },
      },
    },
  ];
}
