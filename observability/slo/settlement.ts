import { metrics } from '../names/metrics.ts';
import type { Slo } from './model.ts';

/**
 * An accepted order is settled quickly: from its receipt to the stored outcome, whatever the outcome is. An order
 * counts when it is settled, so one that hangs is not seen here yet; `SettlementStalled` and `ConsumerLagGrowing` see it.
 * One that payment settles again, since it was delivered again, counts again: after an outage some hundreds may.
 */
export const settlement: Slo = {
  name: 'settlement',
  title: '99 % of orders are settled within 1 s',
  description: 'Customers wait for the confirmation that their order is paid.',
  objective: 0.99,
  windowDays: 30,
  owner: 'payments',
  runbook: 'docs/runbooks/settlement-budget-burn.md',
  sli: {
    kind: 'threshold',
    service: 'payment',
    metric: metrics.settleDuration,
    valid: {},
    thresholdSeconds: 1,
  },
  badEventsMin: 10,
  consequenceOf: ['quorum', 'provider'],
};
