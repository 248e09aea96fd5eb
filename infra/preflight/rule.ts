import type { Finding } from '../../topology/preflight/finding.ts';
import type { Manifest } from '../manifests/index.ts';
import type { Stack } from '../stack.ts';

/** A pure function over a stack and what it consists of; each finding gets the rule's name and severity. */
export type StackRule = {
  readonly name: string;
  readonly severity: Finding['severity'];
  readonly check: (
    stack: Stack,
    manifests: readonly Manifest[],
  ) => readonly Omit<Finding, 'rule' | 'severity'>[];
};
