import type { EdgeSpec, Topology } from '../model.ts';

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
    'collector[OpenTelemetry Collector]',
    'jaeger[Jaeger]',
    'prometheus[Prometheus]',
  ];
  const arrows = topology.edges
    .filter((edge) => edge.protocol !== 'nats-route')
    .map((edge) =>
      edge.protocol.startsWith('otlp')
        ? `${edge.from} -.-> ${edge.to}`
        : `${edge.from} -->|"${label(edge, topology)}"| ${edge.to}`,
    );
  return ['flowchart LR', ...[...boxes, ...arrows].map((line) => `  ${line}`)].join('\n');
}
