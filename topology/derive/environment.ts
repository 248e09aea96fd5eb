import { type EdgeSpec, edgeName, type Topology } from '../model.ts';
import type { TlsFiles } from './broker-tls.ts';
import { inboxPrefixOf } from './broker-users.ts';
import { type InstanceRef, instancesOfService, serviceNamed } from './instances.ts';
import { type Ports, portOf, portOfProtocol, toxiproxyInstance } from './ports.ts';
import type { ProxySpec } from './proxies.ts';
import { variableWord } from './variable-word.ts';

/** Everything listens on loopback only. */
export const localHost = '127.0.0.1';

/** What stands before the `host:port` of a callee, by protocol. */
export const schemes: Readonly<Record<EdgeSpec['protocol'], string>> = {
  http: 'http://',
  nats: 'nats://',
  'nats-route': 'nats-route://',
  'otlp-http': 'http://',
  // The Collector's gRPC exporters take a bare host:port.
  'otlp-grpc': '',
};

export type LocalAddressing = {
  readonly topology: Topology;
  readonly ports: Ports;
  readonly proxies: readonly ProxySpec[];
};

/**
 * Where a caller reaches the callee of an edge: its proxies where the edge has some, else the instances themselves, by
 * ordinal. URLs without a trailing slash; a bare `host:port` for `otlp-grpc`.
 */
export function edgeAddresses(
  edge: EdgeSpec,
  { topology, ports, proxies }: LocalAddressing,
): readonly string[] {
  const port = portOfProtocol(edge);
  const scheme = schemes[edge.protocol];
  return instancesOfService(topology, edge.to, 'local').map((callee) => {
    const proxy = proxies.find(
      (candidate) => candidate.edge === edgeName(edge) && candidate.callee.name === callee.name,
    );
    const number =
      proxy === undefined ? portOf(ports, callee.name, port) : portOf(ports, toxiproxyInstance, proxy.name);
    return `${scheme}${localHost}:${number}`;
  });
}

/**
 * The environment of one service instance: who it is, where it listens, where its files go and whom it talks to.
 * Several addresses of one callee are comma-separated. Whoever talks to the brokers also learns their monitoring
 * endpoints, which pass no proxy.
 *
 * @param options.dataDir the instance's own directory, used when the service is stateful
 * @param options.brokerKeyFile where the service finds the key that the brokers let it in by: absolute
 * @param options.brokerTls by which it speaks TLS to them; absent: it does not
 * @param options.settings further variables, which win over the topology's own settings and over derived ones
 * @throws Error when the instance's service is not in the topology
 */
export function environmentOf(
  instance: InstanceRef,
  addressing: LocalAddressing,
  options: {
    readonly dataDir: string;
    readonly brokerKeyFile: string;
    readonly brokerTls?: TlsFiles | undefined;
    readonly settings?: Readonly<Record<string, string>>;
  },
): Readonly<Record<string, string>> {
  const { topology, ports } = addressing;
  const service = serviceNamed(topology, instance.service);
  if (service === undefined) throw new Error(`no service is called ${instance.service}`);
  const environment: Record<string, string> = { STORMPROOF_INSTANCE: instance.name };
  for (const listener of service.listeners) {
    environment[`STORMPROOF_${variableWord(listener)}_LISTEN`] =
      `${localHost}:${portOf(ports, instance.name, listener)}`;
  }
  if (service.isStateful) environment.STORMPROOF_DATA_DIR = options.dataDir;
  for (const edge of topology.edges.filter((candidate) => candidate.from === service.name)) {
    environment[variableOfEdge(edge)] = edgeAddresses(edge, addressing).join(',');
    if (edge.protocol === 'nats') {
      environment[monitorVariable] = natsMonitors(topology, ports).join(',');
      Object.assign(
        environment,
        brokerLoginVariables(service.name, options.brokerKeyFile, options.brokerTls),
      );
    }
  }
  return { ...environment, ...service.settings, ...options.settings };
}

/**
 * What tells a user of the brokers how it is let in: the file with its key, an nkey seed, and the only prefix of inboxes
 * that it may subscribe to; and by which files it speaks TLS, where it does.
 */
export function brokerLoginVariables(
  user: string,
  keyFile: string,
  tls?: TlsFiles,
): Readonly<Record<string, string>> {
  return {
    STORMPROOF_NATS_NKEY_FILE: keyFile,
    STORMPROOF_NATS_INBOX_PREFIX: inboxPrefixOf(user),
    ...(tls === undefined
      ? {}
      : {
          STORMPROOF_NATS_CERT_FILE: tls.certFile,
          STORMPROOF_NATS_KEY_FILE: tls.keyFile,
          STORMPROOF_NATS_CA_FILE: tls.caFile,
        }),
  };
}

/** The brokers' monitoring endpoints, by ordinal. */
function natsMonitors(topology: Topology, ports: Ports): readonly string[] {
  return instancesOfService(topology, 'nats', 'local').map(
    (broker) => `http://${localHost}:${portOf(ports, broker.name, 'monitor')}`,
  );
}

/** The variable that names the brokers' monitoring endpoints. */
export const monitorVariable = 'STORMPROOF_NATS_MONITOR_URL';

/** The variable that tells the caller of an edge where its callee is. */
export function variableOfEdge(edge: EdgeSpec): string {
  if (edge.to === 'collector') return 'OTEL_EXPORTER_OTLP_ENDPOINT';
  if (edge.to === 'nats' && edge.protocol === 'http') return monitorVariable;
  return `STORMPROOF_${variableWord(edge.to)}_URL`;
}
