import { type EdgeSpec, edgeName, type Topology } from '../model.ts';
import { type InstanceRef, instancesOfService, type Place } from './instances.ts';
import { type PortName, portOfProtocol } from './ports.ts';

/** One Toxiproxy proxy: the connections of an edge to one instance of its callee. */
export type ProxySpec = {
  /** The edge's name, with the callee's ordinal appended where it has several instances: `order-nats-2`. */
  readonly name: string;
  readonly edge: string;
  readonly callee: InstanceRef;
  readonly calleePort: PortName;
};

/**
 * The proxies that the given edges pass through.
 *
 * @param proxiedEdges names of edges, as {@link edgeName} spells them
 * @throws Error for an edge that does not exist, or that cannot be proxied this way: one from a client outside, or
 *   the brokers' routes, which need a proxy per pair
 */
export function proxiesOf(
  topology: Topology,
  proxiedEdges: readonly string[],
  place: Place,
): readonly ProxySpec[] {
  return proxiedEdges.flatMap((name) => {
    const edge = topology.edges.find((candidate) => edgeName(candidate) === name);
    if (edge === undefined) throw new Error(`no edge is called ${name}`);
    if (edge.from === 'client' || edge.protocol === 'nats-route') {
      throw new Error(`the edge ${name} (${edge.protocol}) cannot pass through a proxy`);
    }
    return proxiesOfEdge(topology, edge, place);
  });
}

function proxiesOfEdge(topology: Topology, edge: EdgeSpec, place: Place): readonly ProxySpec[] {
  const instances = instancesOfService(topology, edge.to, place);
  // In a cluster the instances of a service share one address; only brokers have one each.
  const callees = place === 'kubernetes' && edge.to !== 'nats' ? instances.slice(0, 1) : instances;
  return callees.map((callee) => ({
    name: callees.length === 1 ? edgeName(edge) : `${edgeName(edge)}-${callee.ordinal}`,
    edge: edgeName(edge),
    callee,
    calleePort: portOfProtocol(edge),
  }));
}
