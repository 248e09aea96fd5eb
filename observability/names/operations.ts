import type { MetricSpec } from './metrics.ts';

/**
 * Metrics of those who break and audit the platform: the chaos runner and the continuous audit. They are there only
 * while these run, so whoever reads them must not need them.
 */
export const operationMetrics = {
  chaosWindow: {
    name: 'stormproof.chaos.window',
    kind: 'gauge',
    unit: '{window}',
    description:
      'An announced chaos window: 0 from its announcement on, 1 while faults may act, 0 again when all is healed.',
    from: ['chaos'],
    attributes: ['window'],
  },
  chaosFaultActive: {
    name: 'stormproof.chaos.fault.active',
    kind: 'gauge',
    unit: '{fault}',
    description: '1 while a fault is injected, 0 once it is healed.',
    from: ['chaos'],
    attributes: ['fault', 'subject'],
  },
  auditViolations: {
    name: 'stormproof.audit.violations',
    kind: 'gauge',
    unit: '{order}',
    description:
      'Orders that break an invariant of the ledger, as the newest audit found; 0 for one that holds.',
    from: ['audit'],
    attributes: ['invariant'],
  },
  auditTime: {
    name: 'stormproof.audit.time',
    kind: 'gauge',
    unit: 's',
    description:
      'When the newest audit was finished, in seconds since the Unix epoch: its result is sent again until the next one.',
    from: ['audit'],
    attributes: [],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
