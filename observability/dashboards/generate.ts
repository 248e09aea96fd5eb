import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  MappingType,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { operationMetrics } from '../names/operations.ts';
import type { Board, Panel, Unit } from './board.ts';
import { most } from './expressions.ts';

/** Of Grafana's grid, which is 24 wide. */
const panelHeight = 8;
const panelWidth = (panelsInRow: number) => (panelsInRow <= 4 ? 24 / panelsInRow : 8);

/** Whoever opens a dashboard chooses among the Prometheus servers that their Grafana knows. */
const datasource = { type: 'prometheus', uid: '$datasource' };

const tag = 'stormproof';

const units: Readonly<Record<Unit, string>> = {
  short: 'short',
  'orders/s': 'suffix: orders/s',
  'requests/s': 'reqps',
  messages: 'suffix: messages',
  'messages/s': 'suffix: messages/s',
  s: 's',
  bytes: 'bytes',
  percentunit: 'percentunit',
};

/** The JSON that Grafana takes for a board: the same bytes for the same board. */
export function generateDashboard(board: Board): string {
  const dashboard = new DashboardBuilder(board.title)
    .uid(board.name)
    .description(board.description)
    .tags([tag])
    .time({ from: 'now-30m', to: 'now' })
    .refresh('10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .annotation(faults())
    .link(
      new DashboardLinkBuilder('Stormproof')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    );
  let id = 0;
  for (const { title, panels } of board.rows) {
    dashboard.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) {
      dashboard.withPanel(builderOf(panel).id(++id).span(panelWidth(panels.length)).height(panelHeight));
    }
  }
  return `${JSON.stringify(dashboard.build(), undefined, 2)}\n`;
}

/** Faults are drawn over every panel of every board. */
function faults(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Faults')
    .datasource(datasource)
    .enable(true)
    .iconColor('red')
    .expr(`${most(operationMetrics.chaosFaultActive, { by: ['fault', 'subject'] })} == 1`)
    .titleFormat('{{fault}} {{subject}}');
}

function builderOf(panel: Panel) {
  const builder = builders[panel.kind](panel)
    .title(panel.title)
    .description(panel.description)
    .datasource(datasource)
    .unit(units[panel.unit]);
  for (const [index, { expr, legend }] of panel.queries.entries()) {
    builder.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode('A'.charCodeAt(0) + index))
        .datasource(datasource)
        .expr(expr)
        .legendFormat(legend)
        .range(),
    );
  }
  return builder;
}

const builders = {
  lines: () =>
    new TimeseriesBuilder()
      .drawStyle(GraphDrawStyle.Line)
      .lineWidth(1)
      .fillOpacity(8)
      .showPoints(VisibilityMode.Never)
      .min(0)
      .legend(legend())
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi)),
  number: ({ alarm }: Panel) =>
    new StatBuilder()
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
      .thresholds(thresholds(alarm)),
  states: () =>
    new StateTimelineBuilder()
      .showValue(VisibilityMode.Never)
      .mergeValues(true)
      .legend(legend())
      .mappings([
        {
          type: MappingType.ValueToText,
          options: { 0: { text: 'off', color: 'transparent' }, 1: { text: 'on', color: 'blue' } },
        },
      ]),
} as const;

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);
}

function thresholds(alarm: Panel['alarm']): ThresholdsConfigBuilder {
  const steps =
    alarm === undefined
      ? [{ value: null, color: 'text' }]
      : 'from' in alarm
        ? [
            { value: null, color: 'green' },
            { value: alarm.from, color: 'red' },
          ]
        : [
            { value: null, color: 'red' },
            { value: alarm.below, color: 'green' },
          ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
