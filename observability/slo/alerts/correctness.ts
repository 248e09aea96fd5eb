import { metrics } from '../../names/metrics.ts';
import { operationMetrics } from '../../names/operations.ts';
import { duration, select } from '../promql.ts';
import type { Alert } from '../rules/rule.ts';
import type { Timing } from '../rules/timing.ts';

/** How long the result of an audit stands; the next one must have come by then. */
const auditSeconds = 2 * 3_600;
const daySeconds = 86_400;
/** How long it takes until an audit that goes on all the time has seen what is new, where it rests 30 s between two. */
const roundSeconds = 60;

/**
 * Correctness has no error budget: one order lost, doubled or contradicted is an alert at once.
 *
 * The continuous audit need not run. Once it did, it must go on, or its silence would pass for a clean ledger.
 */
export function correctnessAlerts({ scaled }: Timing): readonly Alert[] {
  // An order that was dead-lettered is accounted for; the alert DeadLetters tells of it.
  const violations = `${select(operationMetrics.auditViolations)}{invariant!="dead-lettered"}`;
  const newest = `max by (invariant) (last_over_time(${violations}[${duration(scaled(auditSeconds))}]))`;
  const finishedAt = `max(last_over_time(${select(operationMetrics.auditTime)}[${duration(scaled(daySeconds))}]))`;
  const contradictions = select(metrics.projectionContradictions);
  return [
    {
      name: 'LedgerViolation',
      severity: 'page',
      owner: 'orders',
      expr: `${newest} > 0`,
      seesAfterSeconds: roundSeconds,
      seesForSeconds: roundSeconds,
      summary: 'The ledger is broken: {{ $labels.invariant }}',
      description: '{{ $value }} orders break the invariant {{ $labels.invariant }}.',
    },
    {
      name: 'OutcomeContradicted',
      severity: 'page',
      owner: 'payments',
      expr: `sum(increase(${contradictions}[${duration(scaled(900))}])) > 0`,
      seesAfterSeconds: 0,
      seesForSeconds: scaled(900),
      summary: 'An order has two different outcomes',
      description:
        'A second outcome differs from the first; customers see the first, money may follow the second.',
    },
    {
      name: 'AuditStopped',
      severity: 'ticket',
      owner: 'orders',
      // By the time that the audit itself tells: one that hangs sends what it found last, again and again.
      expr: `time() - ${finishedAt} > ${scaled(auditSeconds)}`,
      seesAfterSeconds: scaled(auditSeconds),
      seesForSeconds: roundSeconds,
      summary: 'The continuous audit has stopped',
      description: `No audit has finished for ${duration(scaled(auditSeconds))}; nobody knows whether the ledger is whole.`,
    },
  ];
}
