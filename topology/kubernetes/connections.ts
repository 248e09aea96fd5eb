import { backendsOf } from '../derive/instances.ts';
import { scrapedPorts } from '../derive/ports.ts';
import type { ProxySpec } from '../derive/proxies.ts';
import { type EdgeSpec, edgeName, type Topology } from '../model.ts';
import { clusterPort, edgePort, toxiproxyService } from './ports.ts';

/** A TCP connection that the platform needs; whatever is not listed may be refused. */
export type Connection = {
  /** A service, a backend, `toxiproxy`, `provision`, or `client` for anybody outside. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
};

/** Name of the program that makes streams and consumers. */
export const provisionName = 'provision';

/**
 * Every connection of a platform in a cluster, from its edges: a proxied edge goes by way of Toxiproxy, whoever talks
 * to the brokers may also ask how they are, and Prometheus asks the other backends for their metrics.
 */
export function connectionsOf(topology: Topology, proxies: readonly ProxySpec[]): readonly Connection[] {
  const monitor = clusterPort(topology, 'nats', 'monitor');
  const provision: EdgeSpec = { from: provisionName, to: 'nats', protocol: 'nats' };
  const edges = topology.streams.length > 0 ? [...topology.edges, provision] : topology.edges;
  const all = edges.flatMap((edge) => [
    ...connectionsOfEdge(topology, edge, proxies),
    ...(edge.protocol === 'nats' ? [{ from: edge.from, to: 'nats', port: monitor }] : []),
  ]);
  const seen = new Map(
    [...all, ...scrapes(topology)].map((one) => [`${one.from} ${one.to} ${one.port}`, one]),
  );
  return [...seen.values()];
}

function connectionsOfEdge(
  topology: Topology,
  edge: EdgeSpec,
  proxies: readonly ProxySpec[],
): readonly Connection[] {
  const port = edgePort(topology, edge);
  const own = proxies.filter((proxy) => proxy.edge === edgeName(edge));
  if (own.length === 0) return [{ from: edge.from, to: edge.to, port }];
  return [
    ...own.map(({ name }) => ({
      from: edge.from,
      to: toxiproxyService,
      port: clusterPort(topology, toxiproxyService, name, proxies),
    })),
    { from: toxiproxyService, to: edge.to, port },
  ];
}

/** The backends that show metrics of their own, and where. */
export function scrapeTargets(
  topology: Topology,
): readonly { readonly job: string; readonly port: number }[] {
  return scrapedPorts(topology).map(({ backend, port }) => ({
    job: backend,
    port: clusterPort(topology, backend, port),
  }));
}

function scrapes(topology: Topology): readonly Connection[] {
  if (!backendsOf(topology).includes('prometheus')) return [];
  return scrapeTargets(topology)
    .filter(({ job }) => job !== 'prometheus')
    .map(({ job, port }) => ({ from: 'prometheus', to: job, port }));
}
