import { metrics } from '../names/metrics.ts';
import { acceptanceBadEventsMin } from './acceptance-noise.ts';
import type { Slo } from './model.ts';

/**
 * An order that is accepted is accepted quickly, from the request that brought it to its 201. The orders of a batch are
 * as many events, each as long as the batch took. What is refused is no event here.
 */
export const acceptanceLatency: Slo = {
  name: 'acceptance-latency',
  title: '99 % of accepted orders are accepted within 50 ms',
  description: 'Customers wait at the checkout.',
  objective: 0.99,
  windowDays: 30,
  owner: 'orders',
  runbook: 'docs/runbooks/acceptance-latency-budget-burn.md',
  sli: {
    kind: 'threshold',
    service: 'order',
    metric: metrics.acceptDuration,
    valid: {},
    thresholdSeconds: 0.05,
  },
  badEventsMin: acceptanceBadEventsMin,
  consequenceOf: ['quorum'],
};
