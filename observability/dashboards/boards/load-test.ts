import { loadMetrics } from '../../names/load.ts';
import { metrics } from '../../names/metrics.ts';
import type { Board } from '../board.ts';
import { mean, most, perSecond, quantile, sum } from '../expressions.ts';
import { answers, eventLoop, funnel, lag, timeToAccept, timeToSettle } from './panels.ts';

export const loadTest: Board = {
  name: 'stormproof-load-test',
  title: 'Load test',
  description: 'How much does the platform take, what does an order cost, and what gives way first?',
  rows: [
    {
      title: 'Throughput',
      panels: [
        funnel,
        answers,
        {
          title: 'Orders in a group',
          description: 'Groups grow with load: it is how commits are shared.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: mean(metrics.groupOrders), legend: 'mean' }],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'As the client sees it, where that is k6',
      panels: [
        {
          title: 'Accepted, by phase',
          description: 'Orders for which k6 has had a 201, by the phase of the load.',
          kind: 'lines',
          unit: 'orders/s',
          queries: [{ expr: perSecond(loadMetrics.accepted, { by: ['phase'] }), legend: '{{phase}}' }],
          needs: 'k6',
        },
        {
          title: 'Time to the last answer',
          description:
            'With the way to the service, the waits between repeats, and for the client itself when it is short of CPU.',
          kind: 'lines',
          unit: 's',
          queries: [
            {
              expr: `${quantile(0.99, loadMetrics.iterationDuration, { by: ['phase'] })} / 1000`,
              legend: 'p99 {{phase}}',
            },
          ],
          needs: 'k6',
        },
        {
          title: 'Requests, by answer',
          description: 'HTTP requests and their statuses; 0 where none came.',
          kind: 'lines',
          unit: 'requests/s',
          queries: [{ expr: perSecond(loadMetrics.requests, { by: ['status'] }), legend: '{{status}}' }],
          needs: 'k6',
        },
        {
          title: 'Not accepted, and not sent',
          description:
            'Orders that were given up, and requests that were due and never sent: then the load was not what was asked for.',
          kind: 'lines',
          unit: 'orders/s',
          queries: [
            { expr: perSecond(loadMetrics.unaccepted), legend: 'given up' },
            { expr: perSecond(loadMetrics.dropped), legend: 'not sent' },
          ],
          needs: 'event',
        },
      ],
    },
    {
      title: 'Latency as the services see it',
      panels: [
        timeToAccept,
        {
          title: 'To store a group',
          description: 'From a publish to its PubAck, a majority of the brokers having written it to disk.',
          kind: 'lines',
          unit: 's',
          queries: [
            { expr: quantile(0.99, metrics.publishDuration, { by: ['stream'] }), legend: 'p99 {{stream}}' },
          ],
          needs: 'orders',
        },
        timeToSettle,
      ],
    },
    {
      title: 'Saturation',
      panels: [
        {
          title: 'Cost of an order',
          description: 'CPU seconds that each service spends for one accepted order.',
          kind: 'lines',
          unit: 's',
          queries: [
            {
              expr: `${perSecond(metrics.processCpuTime, { by: ['job'] })} / on () group_left () (${perSecond(metrics.ordersAccepted)} > 0)`,
              legend: '{{job}}',
            },
          ],
          needs: 'orders',
        },
        eventLoop,
        {
          title: 'Orders that wait for their group',
          description: 'At its bound, order refuses new ones.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: sum(metrics.ordersQueued, { by: ['instance'] }), legend: '{{instance}}' }],
          needs: 'orders',
        },
        lag,
        {
          title: 'Projections behind',
          description:
            'Messages that the projections of order have not applied: what a customer reads is that old.',
          kind: 'lines',
          unit: 'messages',
          queries: [{ expr: most(metrics.projectionLag, { by: ['stream'] }), legend: '{{stream}}' }],
          needs: 'orders',
        },
      ],
    },
  ],
};
