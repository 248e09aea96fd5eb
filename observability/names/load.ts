import type { MetricSpec } from './metrics.ts';

/**
 * Metrics of k6, those that dashboards show: the client's own word on a load. k6 makes their names and units, and sends them by
 * its OpenTelemetry output while it runs (loadtests/k6/run.ts); each has the phase of the load's shape.
 */
export const loadMetrics = {
  accepted: {
    name: 'k6_orders_accepted',
    kind: 'counter',
    unit: '',
    description: 'Orders for which a 201 has come.',
    from: ['k6'],
    attributes: ['phase'],
  },
  unaccepted: {
    name: 'k6_orders_unaccepted',
    kind: 'counter',
    unit: '',
    description: 'Orders that were given up, however they were answered.',
    from: ['k6'],
    attributes: ['phase'],
  },
  dropped: {
    name: 'k6_dropped_iterations',
    kind: 'counter',
    unit: '',
    description: 'Requests that were due and not sent, since no virtual user was free.',
    from: ['k6'],
    attributes: ['phase'],
  },
  iterationDuration: {
    name: 'k6_iteration_duration',
    kind: 'histogram',
    unit: 'ms',
    description:
      'Time from the moment that a request is sent to its last answer, repeats and the waits between them included.',
    from: ['k6'],
    attributes: ['phase'],
  },
  requests: {
    name: 'k6_http_reqs',
    kind: 'counter',
    unit: '',
    description: 'HTTP requests, by the status of their answers; 0 for none.',
    from: ['k6'],
    attributes: ['phase', 'status'],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
