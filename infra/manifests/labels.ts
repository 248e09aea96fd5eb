import { createHash } from 'node:crypto';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import type { Stack } from '../stack.ts';

const partOf = 'stormproof';

/** What a workload is in the platform, as the label `app.kubernetes.io/component` says it. */
export type Component = 'broker' | 'service' | 'telemetry' | 'audit' | 'chaos' | 'load' | 'provisioning';

/** The labels by which Services, budgets and policies find pods; they never change. */
export function selectorOf(stack: Stack, name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': stack.name };
}

/** Labels of everything that the stack consists of. */
export function stackLabels(stack: Stack): Record<string, string> {
  return {
    'app.kubernetes.io/instance': stack.name,
    'app.kubernetes.io/part-of': partOf,
    'app.kubernetes.io/managed-by': 'pulumi',
  };
}

/** Name, namespace and the labels that Kubernetes recommends, for an object that belongs to a workload. */
export function metadataOf(
  stack: Stack,
  options: { readonly name: string; readonly app: string; readonly component: Component },
): ObjectMeta & { name: string } {
  return {
    name: options.name,
    namespace: stack.config.namespace,
    labels: {
      ...selectorOf(stack, options.app),
      ...stackLabels(stack),
      'app.kubernetes.io/component': options.component,
      ...versionLabel(stack, options.app),
    },
  };
}

/** The version of a workload's program, where its image's tag tells one that a label can hold. */
function versionLabel(stack: Stack, app: string): Record<string, string> {
  const images: Readonly<Record<string, string | undefined>> = stack.images;
  const [reference = ''] = (images[app] ?? stack.images.services).split('@');
  const tag = /:([A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)$/.exec(reference)?.[1];
  return tag === undefined ? {} : { 'app.kubernetes.io/version': tag };
}

/** A short name for a content: equal contents, equal names. */
export function digestOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 10);
}
