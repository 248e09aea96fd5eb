import { metrics } from '../../names/metrics.ts';
import { duration, select } from '../promql.ts';
import type { Alert } from '../rules/rule.ts';
import type { Timing } from '../rules/timing.ts';

/** Orders that must have come in before it means something that none was settled. */
const acceptedMin = 10;

/** A provider that answers nothing lets six calls in a row time out, each after 2 s at most. */
const openingSeconds = 15;
/** A breaker that is open asks the provider again after 15 s, and closes when that is answered. */
const openSeconds = 20;
/** What payment holds when all stops, or is given again when it goes on. */
const heldSeconds = 10;

/** What payment says about the orders that it works on. */
export function paymentAlerts({ scaled }: Timing): readonly Alert[] {
  const breakerRange = duration(scaled(120));
  const stallRange = duration(scaled(300));
  const deadLetterRange = duration(scaled(900));
  const closed = select(metrics.breakerState, { state: 'closed' });
  const accepted = `sum(increase(${select(metrics.ordersAccepted)}[${stallRange}]))`;
  const settled = `sum(increase(${select(metrics.outcomes)}[${stallRange}]))`;
  return [
    {
      name: 'BreakerOpen',
      severity: 'page',
      owner: 'payments',
      cause: 'provider',
      // Half-open between two open states is no recovery; closed at any time is.
      expr: `max by (instance) (max_over_time(${closed}[${breakerRange}])) == 0`,
      seesAfterSeconds: scaled(120) + openingSeconds,
      seesForSeconds: openSeconds,
      summary: 'The payment provider is down: the breaker of {{ $labels.instance }} stays open',
      description: `It was closed at no time in the last ${breakerRange}. Orders are accepted and wait; none is lost.`,
    },
    {
      name: 'SettlementStalled',
      severity: 'page',
      owner: 'payments',
      consequenceOf: ['quorum', 'provider'],
      expr: `${accepted} >= ${acceptedMin} unless ${settled} > 0`,
      seesAfterSeconds: scaled(300) + heldSeconds,
      seesForSeconds: heldSeconds,
      summary: 'Orders are accepted, but none is settled',
      description: `{{ $value | humanize }} orders came in within ${stallRange} and not one outcome was published.`,
    },
    {
      name: 'DeadLetters',
      severity: 'ticket',
      owner: 'payments',
      expr: `sum by (cause) (increase(${select(metrics.deadLetters)}[${deadLetterRange}])) > 0`,
      seesAfterSeconds: 0,
      seesForSeconds: scaled(900),
      summary: 'Orders could not be processed: {{ $labels.cause }}',
      description:
        'About {{ $value | humanize }} orders went to the dead-letter stream. Their customers wait for an answer.',
    },
  ];
}
