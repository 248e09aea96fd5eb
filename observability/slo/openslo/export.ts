import { stringify } from 'yaml';
import type { Slo } from '../model.ts';
import { annotationKeys, ownerLabel } from './schema.ts';
import { renderRatioMetric } from './sli.ts';

/** SLOs as OpenSLO v1, a YAML document each. {@link parseOpenSlo} reads the same SLOs from it. */
export function renderOpenSlo(slos: readonly Slo[]): string {
  return slos.map((slo) => stringify(toDocument(slo), { lineWidth: 0 })).join('---\n');
}

function toDocument(slo: Slo) {
  return {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: {
      name: slo.name,
      displayName: slo.title,
      labels: { [ownerLabel]: slo.owner },
      annotations: {
        [annotationKeys.runbook]: slo.runbook,
        [annotationKeys.badEventsMin]: String(slo.badEventsMin),
        [annotationKeys.consequenceOf]: slo.consequenceOf.join(','),
      },
    },
    spec: {
      description: slo.description,
      service: slo.sli.service,
      indicator: {
        metadata: { name: slo.name },
        spec: { ratioMetric: renderRatioMetric(slo.sli) },
      },
      timeWindow: [{ duration: `${slo.windowDays}d`, isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [{ target: slo.objective }],
    },
  };
}
