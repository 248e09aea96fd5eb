import { instancesOfService, localHost, type Ports, portOf } from '../../topology/derive/index.ts';
import { edgeName } from '../../topology/model.ts';
import { type Route, readRoutes } from '../routes.ts';
import { TargetError } from '../target.ts';
import type { LocalPlan } from './options.ts';

/**
 * Makes sure that brokers whose routes are to pass through proxies reach each other in no other way: a route past them
 * would keep a partition from being one. Brokers that do not answer are left out.
 *
 * @throws TargetError `not-ready` that names the routes
 */
export async function checkRoutes({ topology, proxiedEdges }: LocalPlan, ports: Ports): Promise<void> {
  const edge = topology.edges.find(({ protocol }) => protocol === 'nats-route');
  if (edge === undefined || !proxiedEdges.includes(edgeName(edge))) return;
  const brokers = instancesOfService(topology, edge.to, 'local').map(({ name }) => name);
  const clusterPorts = brokers.map((broker) => portOf(ports, broker, 'cluster'));
  const strays = await Promise.all(
    brokers.map(async (broker) => {
      const monitor = `http://${localHost}:${portOf(ports, broker, 'monitor')}`;
      const routes = await readRoutes(monitor).catch(() => {
        // It has no routes, or another start of it is still to look at them.
        return [];
      });
      return routesPastProxies(routes, clusterPorts).map(
        ({ peer, remotePort }) => `${broker} reaches ${peer} at ${localHost}:${remotePort}`,
      );
    }),
  );
  if (strays.flat().length === 0) return;
  throw new TargetError(
    'not-ready',
    `routes of brokers lead past their proxies: ${strays.flat().join('; ')}`,
  );
}

/**
 * The routes of a broker that it has dialled at another broker itself. One that it was dialled for looks proxied here; the
 * other broker tells. What `/routez` says about who dialled does not: of two brokers that dial each other at once one
 * connection stays, and passes as dialled by both.
 */
export function routesPastProxies(
  routes: readonly Route[],
  clusterPorts: readonly number[],
): readonly Route[] {
  return routes.filter(({ remotePort }) => clusterPorts.includes(remotePort));
}
