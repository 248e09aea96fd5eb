import { metrics } from '../../names/metrics.ts';
import { duration, select } from '../promql.ts';
import type { Alert } from '../rules/rule.ts';
import type { Timing } from '../rules/timing.ts';

/** A change of a database that takes longer waits for somebody: a bound of the metric's buckets, seconds. */
const longSeconds = 0.25;
/** Fewer in a second are a disk or a processor that is busy now and then. */
const longWaitsPerSecondMin = 0.1;

/** What services say about their own databases. */
export function databaseAlerts({ scaled }: Timing): readonly Alert[] {
  const range = duration(scaled(300));
  const perSecond = (selector: string) => `sum by (job, database) (rate(${selector}[${range}]))`;
  const all = perSecond(select(metrics.databaseWait, {}, { part: 'count' }));
  const short = perSecond(select(metrics.databaseWait, {}, { part: 'bucket', le: longSeconds }));
  return [
    {
      name: 'DatabaseContention',
      severity: 'ticket',
      owner: 'platform',
      expr: `${all} - ${short} > ${longWaitsPerSecondMin}`,
      seesAfterSeconds: scaled(300),
      seesForSeconds: scaled(300),
      summary: 'Changes of the database {{ $labels.database }} of {{ $labels.job }} wait for a lock',
      description:
        '{{ $value | humanize }} changes a second wait for more than 250 ms: somebody else holds the lock, or the disk is slow.',
    },
  ];
}
