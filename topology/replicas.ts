import type { Topology } from './model.ts';

/** How many instances of a service there are to be, by service. */
export type ReplicaCounts = Readonly<Record<string, number>>;

/**
 * The services of which several instances share the work: clients spread orders over them, or they pull from one durable
 * consumer. A second instance of any other would keep a ledger of its own, or count everything twice.
 */
export function sharingServices({ services, edges, consumers }: Topology): readonly string[] {
  const isShared = (name: string) =>
    edges.some(({ from, to }) => from === 'client' && to === name) ||
    consumers.some(({ service }) => service === name);
  return services.map(({ name }) => name).filter(isShared);
}

/**
 * A topology with other numbers of local instances; what is not named stays as it is.
 *
 * @throws RangeError for a service whose instances cannot share its work, and for less than one
 */
export function withLocalReplicas(topology: Topology, counts: ReplicaCounts): Topology {
  const sharing = sharingServices(topology);
  for (const [name, count] of Object.entries(counts)) {
    if (!sharing.includes(name)) {
      throw new RangeError(`${name} cannot have replicas; expected one of ${sharing.join(', ')}`);
    }
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`${name} cannot have ${count} replicas; expected a whole number of at least 1`);
    }
  }
  return {
    ...topology,
    services: topology.services.map((service) => ({
      ...service,
      replicas: { ...service.replicas, local: counts[service.name] ?? service.replicas.local },
    })),
  };
}

/** How many local instances each service has whose instances share its work. */
export function localReplicasOf(topology: Topology): ReplicaCounts {
  const sharing = sharingServices(topology);
  return Object.fromEntries(
    topology.services
      .filter(({ name }) => sharing.includes(name))
      .map(({ name, replicas }) => [name, replicas.local]),
  );
}
