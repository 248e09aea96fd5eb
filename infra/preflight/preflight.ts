import type { Finding } from '../../topology/preflight/finding.ts';
import { preflight } from '../../topology/preflight/preflight.ts';
import { type Manifest, partsOf } from '../manifests/index.ts';
import type { Stack } from '../stack.ts';
import type { StackRule } from './rule.ts';
import { stackRules } from './stack-rules.ts';
import { workloadRules } from './workload-rules.ts';

export const allStackRules: readonly StackRule[] = [...stackRules, ...workloadRules];

/**
 * Says what in a stack endangers orders, errors first: the rules of the topology as the stack deploys it, then those
 * of Kubernetes. The Pulumi program refuses what is called an error here.
 *
 * @param manifests what the stack consists of; default what it would create
 */
export function preflightStack(
  stack: Stack,
  manifests: readonly Manifest[] = partsOf(stack).flatMap((part) => part.manifests),
): readonly Finding[] {
  const findings = allStackRules.flatMap((rule) =>
    rule.check(stack, manifests).map((finding) => ({ rule: rule.name, severity: rule.severity, ...finding })),
  );
  return [...preflight(stack.topology), ...findings].sort(
    (a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'),
  );
}
