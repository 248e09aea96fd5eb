import type { BackendName, EdgeSpec, Topology } from '../model.ts';
import { backendsOf, instanceName, instancesOf, serviceNamed } from './instances.ts';

/** What a port of an instance is for: a listener of a service, a protocol of a backend, a proxy by its name. */
export type PortName = string;

/** Port numbers by instance, then by what they are for. */
export type Ports = Readonly<Record<string, Readonly<Record<PortName, number>>>>;

/** The instance that carries all proxies of a local platform. */
export const toxiproxyInstance = instanceName('toxiproxy', 0);

const backendPorts: Readonly<Record<string, readonly PortName[]>> = {
  nats: ['client', 'cluster', 'monitor'],
  collector: ['otlp-http', 'otlp-grpc', 'health', 'metrics'],
  jaeger: ['otlp-grpc', 'http', 'grpc', 'health', 'metrics'],
  prometheus: ['http'],
  alertmanager: ['http'],
};

/** Which ports each instance of a local platform listens on; Toxiproxy is among them when there are proxies. */
export function portsNeeded(
  topology: Topology,
  proxies: readonly { readonly name: PortName }[],
): Readonly<Record<string, readonly PortName[]>> {
  const needed = instancesOf(topology, 'local').map((instance) => [
    instance.name,
    backendPorts[instance.service] ?? serviceNamed(topology, instance.service)?.listeners ?? [],
  ]);
  if (proxies.length > 0) needed.push([toxiproxyInstance, ['api', ...proxies.map((proxy) => proxy.name)]]);
  return Object.fromEntries(needed);
}

/** The backends that show metrics of their own, and on which of their ports. */
export function scrapedPorts(
  topology: Topology,
): readonly { readonly backend: BackendName; readonly port: PortName }[] {
  return backendsOf(topology).flatMap((backend) => {
    const port = ['metrics', 'http'].find((name) => backendPorts[backend]?.includes(name));
    return port === undefined ? [] : [{ backend, port }];
  });
}

/** @throws Error when the instance has no such port: the plan and its ports disagree */
export function portOf(ports: Ports, instance: string, name: PortName): number {
  const port = ports[instance]?.[name];
  if (port === undefined) throw new Error(`${instance} has no port called ${name}`);
  return port;
}

/**
 * The port of the callee that an edge's connections go to.
 *
 * @throws Error for an edge whose callee does not speak its protocol
 */
export function portOfProtocol(edge: EdgeSpec): PortName {
  const name = portByProtocol[edge.to]?.[edge.protocol] ?? (isOurService(edge) ? 'http' : undefined);
  if (name === undefined) throw new Error(`${edge.to} does not speak ${edge.protocol}`);
  return name;
}

const portByProtocol: Readonly<Record<string, Partial<Record<EdgeSpec['protocol'], PortName>>>> = {
  nats: { nats: 'client', http: 'monitor', 'nats-route': 'cluster' },
  collector: { 'otlp-http': 'otlp-http', 'otlp-grpc': 'otlp-grpc', http: 'metrics' },
  jaeger: { 'otlp-grpc': 'otlp-grpc', http: 'http' },
  prometheus: { 'otlp-http': 'http', http: 'http' },
  alertmanager: { http: 'http' },
};

function isOurService(edge: EdgeSpec): boolean {
  return portByProtocol[edge.to] === undefined && edge.protocol === 'http';
}
