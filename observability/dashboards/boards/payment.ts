import { metrics } from '../../names/metrics.ts';
import type { Board } from '../board.ts';
import { perSecond, quantile, sum } from '../expressions.ts';
import { breaker, timeToSettle } from './panels.ts';

export const payment: Board = {
  name: 'stormproof-payment',
  title: 'Payment and breaker',
  description: 'Does the provider answer, and does every order get its outcome?',
  rows: [
    {
      title: 'Outcomes',
      panels: [
        {
          title: 'Settled',
          description: 'Orders by the terminal state that they reached.',
          kind: 'lines',
          unit: 'orders/s',
          queries: [{ expr: perSecond(metrics.outcomes, { by: ['state'] }), legend: '{{state}}' }],
          needs: 'orders',
        },
        timeToSettle,
        {
          title: 'Dead letters',
          description: 'Orders set aside, by cause. Flat at 0.',
          kind: 'lines',
          unit: 'orders/s',
          queries: [{ expr: perSecond(metrics.deadLetters, { by: ['cause'] }), legend: '{{cause}}' }],
          needs: 'orders',
        },
      ],
    },
    {
      title: 'Provider',
      panels: [
        breaker,
        {
          title: 'Changes of the breaker',
          description: 'How often it went to each state.',
          kind: 'lines',
          unit: 'short',
          queries: [{ expr: sum(metrics.breakerTransitions, { by: ['state'] }), legend: 'to {{state}}' }],
          needs: 'orders',
        },
        {
          title: 'Calls',
          description: 'Calls of the provider by what became of them.',
          kind: 'lines',
          unit: 'requests/s',
          queries: [
            { expr: perSecond(metrics.providerDuration, { by: ['outcome'] }), legend: '{{outcome}}' },
          ],
          needs: 'orders',
        },
        {
          title: 'Time of a call',
          description: 'The time that the provider takes for a call, however many orders are in it.',
          kind: 'lines',
          unit: 's',
          queries: [0.5, 0.99].map((share) => ({
            expr: quantile(share, metrics.providerDuration, { by: ['outcome'] }),
            legend: `p${share * 100} {{outcome}}`,
          })),
          needs: 'orders',
        },
      ],
    },
    {
      title: 'Work in hand',
      panels: [
        {
          title: 'Groups held',
          description:
            'Pulled and not acknowledged. They stay while the breaker is open, and use up no deliveries.',
          kind: 'lines',
          unit: 'messages',
          queries: [{ expr: sum(metrics.groupsHeld, { by: ['instance'] }), legend: '{{instance}}' }],
          needs: 'orders',
        },
        {
          title: 'Received again',
          description: 'Groups that came for the second time or more.',
          kind: 'lines',
          unit: 'messages/s',
          queries: [{ expr: perSecond(metrics.redeliveries, { by: ['instance'] }), legend: '{{instance}}' }],
          needs: 'orders',
        },
        {
          title: 'Charges at the simulated provider',
          description: 'What psp decided; repeats count as replayed. Nothing where a real provider is used.',
          kind: 'lines',
          unit: 'orders/s',
          queries: [{ expr: perSecond(metrics.pspCharges, { by: ['result'] }), legend: '{{result}}' }],
          needs: 'orders',
        },
      ],
    },
  ],
};
