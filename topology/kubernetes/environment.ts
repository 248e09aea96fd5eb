import type { TlsFiles } from '../derive/broker-tls.ts';
import { brokerLoginVariables, monitorVariable, schemes, variableOfEdge } from '../derive/environment.ts';
import { instancesOfService, serviceNamed } from '../derive/instances.ts';
import type { ProxySpec } from '../derive/proxies.ts';
import { variableWord } from '../derive/variable-word.ts';
import { type EdgeSpec, edgeName, type Topology } from '../model.ts';
import { clusterHost, clusterPort, edgePort, toxiproxyService } from './ports.ts';

/** Where the parts of a platform find each other inside one namespace. */
export type ClusterAddressing = {
  readonly topology: Topology;
  readonly proxies: readonly ProxySpec[];
};

/**
 * Where a caller in the cluster reaches the callee of an edge: its proxies where the edge has some, else the callee's
 * Service, or each broker by name. URLs without a trailing slash; a bare `host:port` for `otlp-grpc`.
 */
export function clusterEdgeAddresses(
  edge: EdgeSpec,
  { topology, proxies }: ClusterAddressing,
): readonly string[] {
  const scheme = schemes[edge.protocol];
  const own = proxies.filter((proxy) => proxy.edge === edgeName(edge));
  if (own.length > 0) {
    return own.map(
      ({ name }) => `${scheme}${toxiproxyService}:${clusterPort(topology, toxiproxyService, name, proxies)}`,
    );
  }
  const ordinals =
    edge.to === 'nats'
      ? instancesOfService(topology, 'nats', 'kubernetes').map((broker) => broker.ordinal)
      : [0];
  return ordinals.map((ordinal) => `${scheme}${clusterHost(edge.to, ordinal)}:${edgePort(topology, edge)}`);
}

/** The `nats://` URL of every broker, past any proxy. */
export function clusterNatsUrls(topology: Topology): readonly string[] {
  const edge: EdgeSpec = { from: 'provision', to: 'nats', protocol: 'nats' };
  return clusterEdgeAddresses(edge, { topology, proxies: [] });
}

/**
 * The environment of a service in a cluster, but for who it is: where it listens, where its files go and whom it
 * talks to. Several addresses of one callee are comma-separated.
 *
 * @param options.dataDir used when the service is stateful
 * @param options.brokerKeyFile where the service finds the key that the brokers let it in by: absolute
 * @param options.brokerTls by which it speaks TLS to them; absent: it does not
 * @param options.settings further variables, which win over the topology's own settings and over derived ones
 * @throws Error when the topology has no such service
 */
export function clusterEnvironmentOf(
  name: string,
  addressing: ClusterAddressing,
  options: {
    readonly dataDir: string;
    readonly brokerKeyFile: string;
    readonly brokerTls?: TlsFiles | undefined;
    readonly settings?: Readonly<Record<string, string>>;
  },
): Readonly<Record<string, string>> {
  const { topology } = addressing;
  const service = serviceNamed(topology, name);
  if (service === undefined) throw new Error(`no service is called ${name}`);
  const environment: Record<string, string> = {};
  for (const listener of service.listeners) {
    environment[`STORMPROOF_${variableWord(listener)}_LISTEN`] =
      `0.0.0.0:${clusterPort(topology, name, listener)}`;
  }
  if (service.isStateful) environment.STORMPROOF_DATA_DIR = options.dataDir;
  for (const edge of topology.edges.filter((candidate) => candidate.from === name)) {
    environment[variableOfEdge(edge)] = clusterEdgeAddresses(edge, addressing).join(',');
    if (edge.protocol === 'nats') {
      const monitor: EdgeSpec = { from: name, to: 'nats', protocol: 'http' };
      environment[monitorVariable] = clusterEdgeAddresses(monitor, { topology, proxies: [] }).join(',');
      Object.assign(environment, brokerLoginVariables(name, options.brokerKeyFile, options.brokerTls));
    }
  }
  return { ...environment, ...service.settings, ...options.settings };
}
