import type { Topology } from '../../topology/index.ts';

/** With another number of replicas of every stream; consumers have as many as their stream. */
export function withReplicas(topology: Topology, replicas: number): Topology {
  return { ...topology, streams: topology.streams.map((stream) => ({ ...stream, replicas })) };
}

/** With brokers that fsync at another time. */
export function withSyncInterval(
  topology: Topology,
  syncInterval: Topology['brokers']['syncInterval'],
): Topology {
  return { ...topology, brokers: { ...topology.brokers, syncInterval } };
}

const peerPrograms: Readonly<Record<string, string>> = {
  order: 'loadtests/bench/peers/order.ts',
  payment: 'loadtests/bench/peers/payment.ts',
};

/**
 * The same brokers, streams and provider, with the peer's services in place of ours. Nothing of it sends telemetry, which
 * spares the peer what ours pays for.
 */
export function peerTopology(topology: Topology): Topology {
  const services = topology.services.flatMap((service) => {
    const main = peerPrograms[service.name];
    if (main !== undefined) return [{ ...service, main, isStateful: false }];
    return service.isSimulated === true ? [service] : [];
  });
  const kept = new Set(['client', 'nats', ...services.map(({ name }) => name)]);
  return {
    ...topology,
    services,
    edges: topology.edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
  };
}
