import { metrics } from '../names/metrics.ts';
import type { Slo } from './model.ts';

/**
 * The payment provider decides what it is asked. A decline is a decision; an error, a timeout or a refusal of the call
 * is not. Every attempt counts, order by order. While the breaker is open nothing is attempted, so nothing is bad here;
 * `BreakerOpen` sees that.
 */
export const paymentSuccess: Slo = {
  name: 'payment-success',
  title: '99.5 % of attempts to charge are decided by the provider',
  description: 'Orders are accepted, but the payment provider fails them; they are retried and settle late.',
  objective: 0.995,
  windowDays: 30,
  owner: 'payments',
  runbook: 'docs/runbooks/payment-success-budget-burn.md',
  sli: {
    kind: 'ratio',
    service: 'payment',
    metric: metrics.chargeAttempts,
    valid: {},
    bad: { result: 'failed' },
  },
  badEventsMin: 50,
  consequenceOf: ['provider'],
};
