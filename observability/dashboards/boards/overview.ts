import { metrics } from '../../names/metrics.ts';
import { series } from '../../slo/index.ts';
import type { Board } from '../board.ts';
import { sum } from '../expressions.ts';
import { answers, breaker, brokersUp, funnel, lag, timeToAccept, timeToSettle } from './panels.ts';

export const overview: Board = {
  name: 'stormproof-overview',
  title: 'Overview and SLOs',
  description: 'Are we keeping our promises, and if not, since when and where?',
  rows: [
    {
      title: 'Promises',
      panels: [
        {
          title: 'Budget left',
          description:
            'What is left of each error budget, all events counted. Below 0 the promise is broken.',
          kind: 'number',
          unit: 'percentunit',
          queries: [{ expr: `${series.budgetLeft}{chaos="counted"}`, legend: '{{slo}}' }],
          alarm: { below: 0 },
          needs: 'event',
        },
        {
          title: 'Burn rate over an hour',
          description:
            'How many times faster than allowed each budget is used up. At 14.4 somebody is woken.',
          kind: 'lines',
          unit: 'short',
          queries: [
            {
              expr: `sum without (window) (${series.errorRatio}{chaos="counted",window="1h"}) / on (slo) group_left () ${series.errorBudget}`,
              legend: '{{slo}}',
            },
          ],
          needs: 'event',
        },
        {
          title: 'Alerts',
          description: 'What fires, and how long it has.',
          kind: 'states',
          unit: 'short',
          queries: [
            {
              expr: 'max by (alertname, severity) (ALERTS{alertstate="firing"})',
              legend: '{{severity}} {{alertname}}',
            },
          ],
          needs: 'event',
        },
      ],
    },
    {
      title: 'Orders',
      panels: [funnel, answers, timeToAccept, timeToSettle],
    },
    {
      title: 'Health',
      panels: [
        brokersUp,
        lag,
        breaker,
        {
          title: 'Dead letters',
          description: 'Orders that could not be processed. Each one wants a person.',
          kind: 'number',
          unit: 'short',
          queries: [{ expr: sum(metrics.deadLetters), legend: 'orders' }],
          alarm: { from: 1 },
          needs: 'orders',
        },
      ],
    },
  ],
};
