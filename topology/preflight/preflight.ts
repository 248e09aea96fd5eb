import type { Topology } from '../model.ts';
import type { Finding } from './finding.ts';
import { rules } from './rules.ts';

/**
 * Says what in a topology endangers orders, errors first. Runs before `up` and inside the Pulumi program before
 * anything is created; an empty list means that no rule objects.
 */
export function preflight(topology: Topology): readonly Finding[] {
  return rules
    .flatMap((rule) =>
      rule.check(topology).map((finding) => ({ rule: rule.name, severity: rule.severity, ...finding })),
    )
    .sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
}

/** One finding as a person reads it, on two lines. */
export function renderFinding(finding: Finding): string {
  return `${finding.severity} ${finding.rule}: ${finding.where}: ${finding.danger}\n  fix: ${finding.fix}`;
}
