import type { BackendName, EdgeSpec, Topology } from '../model.ts';
import { backendsOf } from './instances.ts';

/** The backends that orders do not pass. */
const telemetryTitles: Readonly<Record<Exclude<BackendName, 'nats'>, string>> = {
  collector: 'OpenTelemetry Collector',
  jaeger: 'Jaeger',
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
};

/** What an arrow says: the protocol, and what is published or read. */
function label(edge: EdgeSpec, topology: Topology): string {
  const consumed = topology.consumers
    .filter((consumer) => consumer.service === edge.from && edge.to === 'nats')
    .map((consumer) => `pulls ${consumer.stream}`);
  const said = [
    ...(edge.publishes ?? []).map((subject) => `publishes ${subject}`),
    ...(edge.reads ?? []).map((stream) => `follows ${stream}`),
    ...consumed,
  ];
  return said.length === 0 ? edge.protocol : said.join('<br>');
}

/**
 * The topology as a Mermaid flow chart, as the README shows it: the way of an order in full strokes, telemetry dotted.
 */
export function renderDiagram(topology: Topology): string {
  const boxes = [
    'client([clients])',
    `nats[("NATS JetStream<br>${topology.brokers.replicas} brokers, fsync ${topology.brokers.syncInterval}")]`,
    ...topology.services.map((service) => `${service.name}[${service.name}]`),
    ...backendsOf(topology).flatMap((name) => (name === 'nats' ? [] : `${name}[${telemetryTitles[name]}]`)),
  ];
  const arrows = topology.edges
    .filter((edge) => edge.protocol !== 'nats-route')
    .map((edge) =>
      edge.to in telemetryTitles || edge.from in telemetryTitles
        ? `${edge.from} -.-> ${edge.to}`
        : `${edge.from} -->|"${label(edge, topology)}"| ${edge.to}`,
    );
  return ['flowchart LR', ...[...boxes, ...arrows].map((line) => `  ${line}`)].join('\n');
}
