import { metrics } from '../names/metrics.ts';
import { acceptanceBadEventsMin } from './acceptance-noise.ts';
import type { Slo } from './model.ts';

/**
 * An order that is handed in is accepted. A definite refusal (503) is as bad as an unknown end (504): the customer
 * has no order. A request that was wrong is no event. Each order of a batch is an event of its own. What never reaches the
 * order service cannot be seen here; `ServiceSilent` sees the service that is gone.
 */
export const acceptanceAvailability: Slo = {
  name: 'acceptance-availability',
  title: '99.9 % of orders are accepted',
  description: 'Customers cannot place orders: they are refused, or do not learn whether the order stands.',
  objective: 0.999,
  windowDays: 30,
  owner: 'orders',
  runbook: 'docs/runbooks/acceptance-availability-budget-burn.md',
  sli: {
    kind: 'ratio',
    service: 'order',
    metric: metrics.orderAnswers,
    valid: { result: ['accepted', 'refused', 'unknown', 'failed'] },
    bad: { result: ['refused', 'unknown', 'failed'] },
  },
  badEventsMin: acceptanceBadEventsMin,
  consequenceOf: ['quorum'],
};
