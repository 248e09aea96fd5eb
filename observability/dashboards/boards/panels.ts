import { metrics } from '../../names/metrics.ts';
import type { Panel } from '../board.ts';
import { most, percentiles, perSecond, sum } from '../expressions.ts';

/** Requests that place orders, one or many, among all that the order service answers. */
export const placedOrders = {
  job: 'order',
  where: { 'http.request.method': 'POST', 'http.route': ['/v1/orders', '/v1/orders/batch'] },
} as const;

/** Answers by which an order was not stored, or nobody knows. */
export const unaccepted = { result: ['rejected', 'refused', 'unknown', 'failed'] } as const;

export const funnel: Panel = {
  title: 'From accepted to settled',
  description:
    'Orders stored before their 201, and orders that reached a terminal state. Where settled stays behind, payment is the narrow place.',
  kind: 'lines',
  unit: 'orders/s',
  queries: [
    { expr: perSecond(metrics.ordersAccepted), legend: 'accepted' },
    { expr: perSecond(metrics.outcomes), legend: 'settled' },
  ],
  needs: 'orders',
};

export const answers: Panel = {
  title: 'Answers',
  description:
    'What clients are told. Refused orders are not stored and may be sent again; unknown ones must be.',
  kind: 'lines',
  unit: 'orders/s',
  queries: [{ expr: perSecond(metrics.orderAnswers, { by: ['result'] }), legend: '{{result}}' }],
  needs: 'orders',
};

export const timeToAccept: Panel = {
  title: 'Time to accept',
  description:
    'Of accepted orders, from the request to its answer, as the service sees it: without the way to the client. Below 50 ms for 99 of 100.',
  kind: 'lines',
  unit: 's',
  queries: percentiles(metrics.acceptDuration, {}, [0.5, 0.9, 0.99, 0.999]),
  needs: 'orders',
};

export const timeToSettle: Panel = {
  title: 'Time to settle',
  description: 'From the receipt of an order to its stored outcome: below 1 s for 99 of 100.',
  kind: 'lines',
  unit: 's',
  queries: percentiles(metrics.settleDuration),
  needs: 'orders',
};

export const lag: Panel = {
  title: 'Lag',
  description: 'Messages that a consumer was not given yet. It returns to 0 after every burst.',
  kind: 'lines',
  unit: 'messages',
  queries: [{ expr: most(metrics.consumerPending, { by: ['consumer'] }), legend: '{{consumer}}' }],
  needs: 'orders',
};

export const breaker: Panel = {
  title: 'Breaker',
  description:
    'The state of each breaker around the provider. Open: nothing is charged, and nothing is lost.',
  kind: 'states',
  unit: 'short',
  queries: [
    {
      expr: `${sum(metrics.breakerState, { by: ['instance', 'state'] })} == 1`,
      legend: '{{instance}} {{state}}',
    },
  ],
  needs: 'orders',
};

export const eventLoop: Panel = {
  title: 'Event loop',
  description:
    'Share of the time in which the event loop of an instance was busy. Near 1 everything waits for it.',
  kind: 'lines',
  unit: 'percentunit',
  queries: [{ expr: most(metrics.eventLoopUtilization, { by: ['instance'] }), legend: '{{instance}}' }],
  needs: 'orders',
};

export const brokersUp: Panel = {
  title: 'Brokers up',
  description: 'Brokers whose monitoring endpoint answers. A majority must, for orders to be accepted.',
  kind: 'lines',
  unit: 'short',
  queries: [{ expr: sum(metrics.brokerUp), legend: 'brokers' }],
  needs: 'orders',
};
