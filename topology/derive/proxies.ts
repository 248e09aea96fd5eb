import { type EdgeSpec, edgeName, type Topology } from '../model.ts';
import { type InstanceRef, instancesOfService, type Place } from './instances.ts';
import { type PortName, portOfProtocol } from './ports.ts';

/** One Toxiproxy proxy: the connections of an edge to one instance of its callee. */
export type ProxySpec = {
  /**
   * The edge's name, with the callee's ordinal appended where it has several instances: `order-nats-2`. Of a route between
   * brokers, with the ordinals of both: `nats-nats-0-2` is what nats-0 reaches nats-2 by.
   */
  readonly name: string;
  readonly edge: string;
  readonly callee: InstanceRef;
  readonly calleePort: PortName;
  /** The only instance that connects through it; absent where every instance of the caller does. */
  readonly caller?: InstanceRef;
};

/**
 * Whether an edge can pass through a proxy: in a cluster those of clients outside cannot, nor the brokers' routes, since
 * brokers share their configuration there.
 */
export function isProxiable({ from, protocol }: EdgeSpec, place: Place): boolean {
  return place !== 'kubernetes' || (from !== 'client' && protocol !== 'nats-route');
}

/**
 * The proxies that the given edges pass through.
 *
 * @param proxiedEdges names of edges, as {@link edgeName} spells them
 * @throws Error for an edge that does not exist, or is not {@link isProxiable}
 */
export function proxiesOf(
  topology: Topology,
  proxiedEdges: readonly string[],
  place: Place,
): readonly ProxySpec[] {
  return proxiedEdges.flatMap((name) => {
    const edge = topology.edges.find((candidate) => edgeName(candidate) === name);
    if (edge === undefined) throw new Error(`no edge is called ${name}`);
    if (!isProxiable(edge, place)) {
      throw new Error(`the edge ${name} (${edge.protocol}) cannot pass through a proxy`);
    }
    return edge.protocol === 'nats-route'
      ? proxiesOfRoutes(topology, edge)
      : proxiesOfEdge(topology, edge, place);
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

/** One for each direction in which one broker dials another, so that any of them can be cut off. */
function proxiesOfRoutes(topology: Topology, edge: EdgeSpec): readonly ProxySpec[] {
  const brokers = instancesOfService(topology, edge.to, 'local');
  return brokers.flatMap((caller) =>
    brokers
      .filter((callee) => callee.name !== caller.name)
      .map((callee) => ({
        name: `${edgeName(edge)}-${caller.ordinal}-${callee.ordinal}`,
        edge: edgeName(edge),
        callee,
        calleePort: portOfProtocol(edge),
        caller,
      })),
  );
}
