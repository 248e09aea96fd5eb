import { instanceName } from '../derive/instances.ts';
import { type PortName, portOfProtocol } from '../derive/ports.ts';
import type { ProxySpec } from '../derive/proxies.ts';
import type { EdgeSpec, ListenerName, Topology } from '../model.ts';

/** Name of the workload that carries all proxies. */
export const toxiproxyService = 'toxiproxy';

/** Name of the workload that shows dashboards. */
export const grafanaService = 'grafana';

/** Name of the workload that serves the page of the promises. */
export const pageService = 'slo-page';

/** Name of the continuous audit. */
export const auditName = 'audit';

/** Name of the pods that send load from inside a cluster, and of the CronJob that says how they are made. */
export const loadPodsName = 'load';

/** Where they listen, on loopback only. */
export const loadPodsPort = 8080;

/** The Service that gives each broker a name of its own, ready or not. */
export const natsHeadlessService = 'nats-headless';

const backendPorts: Readonly<Record<string, Readonly<Record<PortName, number>>>> = {
  nats: { client: 4222, cluster: 6222, monitor: 8222 },
  collector: { 'otlp-http': 4318, 'otlp-grpc': 4317, health: 13133, metrics: 8888 },
  jaeger: { 'otlp-grpc': 4317, http: 16686, grpc: 16685, health: 13133, metrics: 8888 },
  prometheus: { http: 9090 },
  alertmanager: { http: 9093 },
  [grafanaService]: { http: 3000 },
  [pageService]: { http: 8080 },
  [toxiproxyService]: { api: 8474 },
};

const listenerPorts: Readonly<Record<ListenerName, number>> = { http: 8080, admin: 8081 };

const firstProxyPort = 20_000;

/** The ports of a service or backend in a cluster, where everything has an address of its own: the usual ones. */
export function clusterPortsOf(
  topology: Topology,
  name: string,
  proxies: readonly ProxySpec[] = [],
): Readonly<Record<PortName, number>> {
  const ours = topology.services.find((service) => service.name === name);
  const listeners = (ours?.listeners ?? []).map((listener) => [listener, listenerPorts[listener]] as const);
  const fixed = backendPorts[name] ?? Object.fromEntries(listeners);
  if (name !== toxiproxyService) return fixed;
  return {
    ...fixed,
    ...Object.fromEntries(proxies.map((proxy, index) => [proxy.name, firstProxyPort + index])),
  };
}

/** @throws Error when the service or backend has no such port */
export function clusterPort(
  topology: Topology,
  name: string,
  port: PortName,
  proxies: readonly ProxySpec[] = [],
): number {
  const number = clusterPortsOf(topology, name, proxies)[port];
  if (number === undefined) throw new Error(`${name} has no port called ${port}`);
  return number;
}

/** The name under which the callee of an edge is reached: a Service, or a broker by its ordinal. */
export function clusterHost(service: string, ordinal: number): string {
  return service === 'nats' ? `${instanceName('nats', ordinal)}.${natsHeadlessService}` : service;
}

/** The port of the callee that an edge's connections go to. */
export function edgePort(topology: Topology, edge: EdgeSpec): number {
  return clusterPort(topology, edge.to, portOfProtocol(edge));
}
