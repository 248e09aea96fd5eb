import { describe, expect, it } from 'vitest';
import { edgeName } from '../../topology/model.ts';
import { names, platform } from '../../topology/platform.ts';
import { backendMetrics, collectorLosses } from '../names/backends.ts';
import { loadMetrics } from '../names/load.ts';
import { metrics } from '../names/metrics.ts';
import { operationMetrics } from '../names/operations.ts';
import { prometheusName } from '../names/prometheus.ts';
import { series } from '../slo/index.ts';
import { boards } from './boards/index.ts';
import { orderFlow } from './boards/order-flow.ts';
import { metricNamesIn } from './fixtures/metric-names.ts';
import { generateDashboard } from './generate.ts';
import { dashboards } from './index.ts';

/** Everything that a dashboard may ask for: what services and backends tell, what rules record, and the alerts. */
const known = new Set<string>([
  'ALERTS',
  ...Object.values(series),
  ...Object.values(backendMetrics),
  ...collectorLosses,
  ...Object.values({ ...metrics, ...operationMetrics, ...loadMetrics }).flatMap((spec) => {
    const name = prometheusName(spec);
    return spec.kind === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name];
  }),
]);

function unknownNamesIn(query: string): readonly string[] {
  return [...metricNamesIn(query)].filter((name) => !known.has(name));
}

const queries = boards.flatMap((board) =>
  board.rows.flatMap((row) =>
    row.panels.flatMap((panel) => panel.queries.map(({ expr }) => [board.name, panel.title, expr] as const)),
  ),
);

describe('every dashboard', () => {
  it.each(boards.map((board) => [board.name, board] as const))(
    '%s is what its file says',
    async (name, board) => {
      await expect(generateDashboard(board)).toMatchFileSnapshot(`gen/${name}.json`);
    },
  );

  it('is given to Grafana', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual(boards.map(({ name }) => name));
  });

  it.each(queries)('%s, %s: asks for what somebody tells', (_board, _panel, expr) => {
    expect(metricNamesIn(expr).size).toBeGreaterThan(0);
    expect(unknownNamesIn(expr)).toEqual([]);
  });
});

it('a query for what nobody tells is found', () => {
  const stale =
    'sum by (job) (rate(stormproof_orders_acepted_total{job="order"}[5m])) / on () group_left () slo:error_ratio';
  expect(unknownNamesIn(stale)).toEqual(['stormproof_orders_acepted_total']);
  expect(
    metricNamesIn('histogram_quantile(0.99, sum by (le) (rate(a_bucket[1m])) > bool 0.5) or vector(1e3)'),
  ).toEqual(new Set(['a_bucket']));
});

it('the order flow has a row for every edge that orders travel', () => {
  const streams = [names.ordersSubject, names.outcomesSubject];
  const travelled = platform.edges.filter(
    ({ from, to, publishes = [] }) =>
      from === 'client' ||
      publishes.some((subject) => streams.includes(subject as (typeof streams)[number])) ||
      (from === 'payment' && platform.services.some(({ name }) => name === to)),
  );
  expect(orderFlow.rows.map(({ title }) => title.split(':')[0])).toEqual(travelled.map(edgeName));
});
