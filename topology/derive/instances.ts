import type { BackendName, ServiceSpec, Topology } from '../model.ts';

/** One process of a service or backend. */
export type InstanceRef = {
  /** `<service>-<ordinal>`: `nats-2`. */
  readonly name: string;
  readonly service: string;
  readonly ordinal: number;
};

/** Where a topology runs: decides how many replicas a service has. */
export type Place = 'local' | 'kubernetes';

/** Every backend that a topology may have. */
export const backendNames: readonly BackendName[] = [
  'nats',
  'collector',
  'jaeger',
  'prometheus',
  'alertmanager',
];

export function instanceName(service: string, ordinal: number): string {
  return `${service}-${ordinal}`;
}

/**
 * The backends that a topology needs: the brokers, and whatever else an edge mentions. A topology without an edge to
 * the Collector runs without one.
 */
export function backendsOf(topology: Topology): readonly BackendName[] {
  const mentioned = new Set(topology.edges.flatMap((edge) => [edge.from, edge.to]));
  return backendNames.filter((name) =>
    name === 'nats' ? topology.brokers.replicas > 0 : mentioned.has(name),
  );
}

/** Every instance of every backend and service, backends first, by ordinal. */
export function instancesOf(topology: Topology, place: Place): readonly InstanceRef[] {
  return [
    ...backendsOf(topology).flatMap((name) => replicasNamed(name, backendReplicas(topology, name))),
    ...topology.services.flatMap((service) => replicasNamed(service.name, service.replicas[place])),
  ];
}

/** The instances of one service or backend; empty when there is none of that name. */
export function instancesOfService(
  topology: Topology,
  service: string,
  place: Place,
): readonly InstanceRef[] {
  return instancesOf(topology, place).filter((instance) => instance.service === service);
}

/** @returns undefined for a backend or a name that the topology does not have */
export function serviceNamed(topology: Topology, name: string): ServiceSpec | undefined {
  return topology.services.find((service) => service.name === name);
}

function backendReplicas(topology: Topology, name: BackendName): number {
  return name === 'nats' ? topology.brokers.replicas : 1;
}

function replicasNamed(service: string, replicas: number): readonly InstanceRef[] {
  return Array.from({ length: replicas }, (_, ordinal) => ({
    name: instanceName(service, ordinal),
    service,
    ordinal,
  }));
}
