import { backendMetrics, collectorLosses } from '../../names/backends.ts';
import type { Board, Panel } from '../board.ts';

const { queueSize, queueCapacity, ruleDuration, ruleInterval } = backendMetrics;

const perSecond = (counter: string, by = ''): string => `sum${by} (rate(${counter}[$__rate_interval]))`;

const queues: Panel = {
  title: 'Queues',
  description:
    'How full the queue before each backend is. Full, what comes is dropped; orders do not wait for it.',
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: `max by (exporter) (${queueSize} / ${queueCapacity})`, legend: '{{exporter}}' }],
  needs: 'orders',
};

const memory: Panel = {
  title: 'Memory',
  description: 'Resident memory of each backend. The Collector refuses what comes before it has no more.',
  kind: 'lines',
  unit: 'bytes',
  queries: [
    { expr: `max by (job) (${backendMetrics.collectorMemory})`, legend: '{{job}}' },
    { expr: `max by (job) (${backendMetrics.jaegerMemory})`, legend: '{{job}}' },
    {
      expr: `max by (job) (${backendMetrics.processMemory}{job=~"prometheus|alertmanager"})`,
      legend: '{{job}}',
    },
  ],
  needs: 'orders',
};

export const telemetry: Board = {
  name: 'stormproof-telemetry',
  title: 'Telemetry',
  description:
    'Can what the other dashboards show be believed: does anything get lost on its way, and do rules keep up?',
  rows: [
    {
      title: 'Backends',
      panels: [
        {
          title: 'Answer their scrapes',
          description: '1: it answers Prometheus.',
          kind: 'states',
          unit: 'short',
          queries: [{ expr: `min by (job) (${backendMetrics.up})`, legend: '{{job}}' }],
          needs: 'orders',
        },
        memory,
      ],
    },
    {
      title: 'Collector',
      panels: [
        {
          title: 'Taken',
          description: 'What services send.',
          kind: 'lines',
          unit: 'short',
          queries: [
            { expr: perSecond(backendMetrics.acceptedSpans), legend: 'spans/s' },
            { expr: perSecond(backendMetrics.acceptedPoints), legend: 'metric points/s' },
          ],
          needs: 'orders',
        },
        queues,
        {
          title: 'Lost',
          description:
            'Not delivered within a minute, not queued, or not taken, a second. Nothing is shown while nothing was lost.',
          kind: 'lines',
          unit: 'short',
          queries: collectorLosses.map((counter) => ({
            expr: perSecond(counter),
            legend: counter.replace('otelcol_', '').replaceAll('_', ' '),
          })),
          needs: 'event',
        },
      ],
    },
    {
      title: 'Traces',
      panels: [
        {
          title: 'Wait for a reason to be kept',
          description: 'Traces that are undecided; the oldest are given up where there are too many.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: `sum(${backendMetrics.tracesWaiting})`, legend: 'traces' }],
          needs: 'orders',
        },
        {
          title: 'Decided',
          description:
            'Traces a second that are kept, that are thinned out, and that were given up before they were decided.',
          kind: 'lines',
          unit: 'short',
          queries: [
            { expr: perSecond(backendMetrics.tracesDecided, ' by (sampled)'), legend: 'kept: {{sampled}}' },
            { expr: perSecond(backendMetrics.tracesGivenUp), legend: 'given up' },
          ],
          needs: 'event',
        },
      ],
    },
    {
      title: 'Prometheus',
      panels: [
        {
          title: 'Series',
          description: 'Series in memory. They grow with instances and deployments, not with orders.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: `sum(${backendMetrics.series})`, legend: 'series' }],
          needs: 'orders',
        },
        {
          title: 'Samples',
          description: 'Samples that are stored in a second.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: perSecond(backendMetrics.samples), legend: 'samples/s' }],
          needs: 'orders',
        },
        {
          title: 'Time that rules take',
          description:
            'Of the slowest group, as a share of its interval. At 1 evaluations are left out, and alerts come late.',
          kind: 'lines',
          unit: 'percentunit',
          queries: [{ expr: `max(${ruleDuration} / ${ruleInterval})`, legend: 'slowest group' }],
          needs: 'orders',
        },
        {
          title: 'Rules and notifications that failed',
          description: 'Each is a promise that nobody watches, or an alert that nobody hears of: a second.',
          kind: 'lines',
          unit: 'short',
          queries: [
            { expr: perSecond(backendMetrics.ruleFailures), legend: 'rules failed' },
            { expr: perSecond(backendMetrics.rulesMissed), legend: 'evaluations left out' },
            { expr: perSecond(backendMetrics.notificationsDropped), legend: 'alerts dropped' },
            { expr: perSecond(backendMetrics.notificationsFailed), legend: 'notifications failed' },
          ],
          needs: 'orders',
        },
      ],
    },
  ],
};
