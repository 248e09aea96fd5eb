import { backendsOf } from '../../../topology/derive/index.ts';
import type { Topology } from '../../../topology/model.ts';
import { collectorLosses } from '../../names/backends.ts';
import { metrics } from '../../names/metrics.ts';
import { duration, select } from '../promql.ts';
import type { Alert } from '../rules/rule.ts';
import type { Timing } from '../rules/timing.ts';

/** Services send every 2 s, and backends are asked every 5 s for what they tell of themselves. */
const exportSeconds = 5;
const scrapeSeconds = 10;
/**
 * The Collector tries for a minute to deliver a batch before it drops it, and then tries the next (../../collector/config.ts):
 * while a backend is away, it drops one a minute.
 */
const heldSeconds = 70;
/** It dials a backend that was away for long again after this long at most: gRPC's longest back-off, and a fifth more. */
const redialSeconds = 144;

/** Whether the platform can still be seen. */
export function telemetryAlerts(topology: Topology, { scaled }: Timing): readonly Alert[] {
  // Others may be watched by the same Prometheus.
  const backends = backendsOf(topology).filter((name) => name !== 'collector');
  const silence = duration(scaled(60));
  // The rest tells nobody how it is.
  const telling = topology.services.filter(({ name }) =>
    topology.edges.some(({ from, to }) => from === name && to === 'collector'),
  );
  const silent = telling
    .map(({ name }) => `absent_over_time(${select(metrics.processCpuTime, {}, { job: name })}[${silence}])`)
    .join(' or ');
  const lossSeconds = Math.max(scaled(300), heldSeconds);
  return [
    ...(silent === ''
      ? []
      : [
          {
            name: 'ServiceSilent',
            severity: 'page',
            owner: 'platform',
            consequenceOf: ['telemetry'],
            expr: silent,
            forSeconds: scaled(60),
            seesAfterSeconds: scaled(60),
            seesForSeconds: exportSeconds,
            summary: 'The service {{ $labels.job }} sends no metrics',
            description: 'No instance of it runs, or what it tells does not arrive.',
          } as const,
        ]),
    {
      name: 'CollectorDown',
      severity: 'page',
      owner: 'platform',
      cause: 'telemetry',
      expr: 'max(up{job="collector"}) == 0',
      forSeconds: scaled(60),
      seesAfterSeconds: scrapeSeconds,
      seesForSeconds: scrapeSeconds,
      summary: 'The OpenTelemetry Collector is down',
      description: 'Orders go on, but nobody sees them: no alert about services can fire or end.',
    },
    {
      name: 'TargetDown',
      severity: 'ticket',
      owner: 'platform',
      expr: `up{job=~"${backends.join('|')}"} == 0`,
      forSeconds: scaled(120),
      seesAfterSeconds: scrapeSeconds,
      seesForSeconds: scrapeSeconds,
      summary: '{{ $labels.job }} does not answer Prometheus',
      description: 'Its metrics at {{ $labels.instance }} could not be read.',
    },
    {
      name: 'TelemetryDropped',
      severity: 'ticket',
      owner: 'platform',
      consequenceOf: ['telemetry'],
      expr: collectorLosses
        .map((counter) => `sum by (job) (${newly(counter, duration(lossSeconds))}) > 0`)
        .join('\nor '),
      seesAfterSeconds: heldSeconds,
      seesForSeconds: redialSeconds + lossSeconds,
      summary: 'The Collector drops telemetry',
      description: 'About {{ $value | humanize }} items of one kind were lost; orders are not affected.',
    },
  ];
}

/** How much a counter has risen; one that was not there before counts from nothing, as the Collector's do. */
function newly(counter: string, range: string): string {
  return `increase(${counter}[${range}]) > 0 or (${counter} unless ${counter} offset ${range})`;
}
