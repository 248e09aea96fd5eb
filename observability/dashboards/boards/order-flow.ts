import { names } from '../../../topology/platform.ts';
import { type MetricSpec, metrics } from '../../names/metrics.ts';
import type { Selection } from '../../slo/model.ts';
import type { Board, Panel, Query, Row, Unit } from '../board.ts';
import { percentiles, perSecond } from '../expressions.ts';
import { placedOrders, unaccepted } from './panels.ts';

/** How the calls along an edge are measured by its caller, or by its callee where the caller is outside. */
type EdgeMeasure = {
  /** As topology/model.ts `edgeName` spells it. */
  readonly edge: string;
  readonly what: string;
  /** A histogram of the duration of calls. */
  readonly duration: MetricSpec;
  readonly scope: { readonly job: string; readonly where?: Selection };
  readonly unit: Unit;
  /** What goes wrong along it. */
  readonly errors: Query & { readonly unit?: Unit };
  /** What is told of no other edge. */
  readonly more?: readonly Panel[];
};

const notLetIn: Panel = {
  title: 'client-order: not let in',
  description:
    'Requests without a key of a client, under another name, or above a limit or a quota, per second. Flat at 0 where everybody is let in.',
  kind: 'lines',
  unit: 'requests/s',
  queries: [
    { expr: perSecond(metrics.requestsNotLetIn, { job: 'order', by: ['reason'] }), legend: '{{reason}}' },
  ],
  needs: 'orders',
};

const edges: readonly EdgeMeasure[] = [
  {
    edge: 'client-order',
    // What is refused before it is read (services/order/overload.ts) is among the errors only.
    what: 'Requests that place orders, those refused unread left out',
    duration: metrics.httpServerDuration,
    scope: placedOrders,
    unit: 'requests/s',
    errors: {
      expr: perSecond(metrics.orderAnswers, { by: ['result'], where: unaccepted }),
      legend: '{{result}}',
      unit: 'orders/s',
    },
    more: [notLetIn],
  },
  {
    edge: 'order-nats',
    what: 'Groups of orders that are stored',
    duration: metrics.publishDuration,
    scope: { job: 'order', where: { stream: names.ordersStream } },
    unit: 'messages/s',
    errors: {
      expr: perSecond(metrics.publishRetries, { job: 'order', by: ['reason'] }),
      legend: '{{reason}}',
    },
  },
  {
    edge: 'payment-nats',
    what: 'Outcomes that are stored',
    duration: metrics.publishDuration,
    scope: { job: 'payment' },
    unit: 'messages/s',
    errors: {
      expr: perSecond(metrics.publishRetries, { job: 'payment', by: ['stream', 'reason'] }),
      legend: '{{stream}} {{reason}}',
    },
  },
  {
    edge: 'payment-psp',
    what: 'Calls of the payment provider',
    duration: metrics.providerDuration,
    scope: { job: 'payment' },
    unit: 'requests/s',
    errors: {
      expr: perSecond(metrics.chargeAttempts, { where: { result: 'failed' } }),
      legend: 'charges that failed',
    },
  },
];

/** Rate, errors and duration of one edge, and what else is told of it. */
function rowOf({ edge, what, duration, scope, unit, errors, more = [] }: EdgeMeasure): Row {
  return {
    title: `${edge}: ${what.toLowerCase()}`,
    panels: [
      {
        title: `${edge}: rate`,
        description: `${what}, per second.`,
        kind: 'lines',
        unit,
        queries: [{ expr: perSecond(duration, scope), legend: 'all' }],
        needs: 'orders',
      },
      {
        title: `${edge}: errors`,
        description: 'What failed or was refused, per second. Flat at 0.',
        kind: 'lines',
        unit: errors.unit ?? unit,
        queries: [{ expr: errors.expr, legend: errors.legend }],
        needs: 'orders',
      },
      {
        title: `${edge}: duration`,
        description: 'How long a call takes, repeats included.',
        kind: 'lines',
        unit: 's',
        queries: percentiles(duration, scope),
        needs: 'orders',
      },
      ...more,
    ],
  };
}

export const orderFlow: Board = {
  name: 'stormproof-order-flow',
  title: 'Order flow',
  description:
    'Where on its way does an order wait or fail? Rate, errors and duration of every edge that it travels.',
  rows: edges.map(rowOf),
};
