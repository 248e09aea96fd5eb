import { metrics } from '../../names/metrics.ts';
import { operationMetrics } from '../../names/operations.ts';
import { series } from '../../slo/index.ts';
import type { Board } from '../board.ts';
import { most, perSecond, quantile } from '../expressions.ts';
import { breaker, brokersUp, funnel, lag, unaccepted } from './panels.ts';

export const chaos: Board = {
  name: 'stormproof-chaos',
  title: 'Chaos',
  description: 'What was broken when, what customers felt of it, and how soon it was over.',
  rows: [
    {
      title: 'Faults',
      panels: [
        {
          title: 'Faults that act',
          description: 'From injection to healing.',
          kind: 'states',
          unit: 'short',
          queries: [
            {
              expr: most(operationMetrics.chaosFaultActive, { by: ['fault', 'subject'] }),
              legend: '{{fault}} {{subject}}',
            },
          ],
          needs: 'event',
        },
        {
          title: 'Announced windows',
          description: 'Chaos that was announced beforehand is left out of the second error budget.',
          kind: 'states',
          unit: 'short',
          queries: [
            { expr: most(operationMetrics.chaosWindow, { by: ['window'] }), legend: '{{window}}' },
            { expr: series.chaosExcluded, legend: 'left out now' },
          ],
          needs: 'event',
        },
      ],
    },
    {
      title: 'What customers feel',
      panels: [
        funnel,
        {
          title: 'Answers that are no 201',
          description: 'Refusals and unknown answers belong into a fault and nowhere else.',
          kind: 'lines',
          unit: 'orders/s',
          queries: [
            {
              expr: perSecond(metrics.orderAnswers, { by: ['result'], where: unaccepted }),
              legend: '{{result}}',
            },
          ],
          needs: 'orders',
        },
        {
          title: 'Time to accept and to settle',
          description: 'The 99th percentiles.',
          kind: 'lines',
          unit: 's',
          queries: [
            { expr: quantile(0.99, metrics.acceptDuration), legend: 'accept' },
            { expr: quantile(0.99, metrics.settleDuration), legend: 'settle' },
          ],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'What holds',
      panels: [
        brokersUp,
        breaker,
        lag,
        {
          title: 'Violations',
          description: 'Orders that break an invariant, as the newest audit found. Never above 0.',
          kind: 'number',
          unit: 'short',
          queries: [
            { expr: most(operationMetrics.auditViolations, { by: ['invariant'] }), legend: '{{invariant}}' },
          ],
          alarm: { from: 1 },
          needs: 'event',
        },
      ],
    },
  ],
};
