import type { TlsFiles } from '../derive/broker-tls.ts';
import { renderBrokerUsers } from '../derive/broker-users.ts';
import { instancesOfService } from '../derive/instances.ts';
import { renderBroker } from '../derive/nats-server.ts';
import type { Topology } from '../model.ts';
import { clusterHost, clusterPort } from './ports.ts';

/**
 * The configuration file that all brokers of a cluster share; each takes its name from the variable `POD_NAME`.
 *
 * Addresses are not gossiped: clients are told every broker's name from the start, and what they would learn besides
 * are addresses of pods, which die with them and lead past proxies.
 *
 * @param options.storeDir where JetStream keeps its files: absolute
 * @param options.pidFile by which a broker is told to hand over its work before it stops: absolute
 * @param options.tls by which it speaks TLS to clients and to the other brokers; absent: it does not
 */
export function renderClusterNatsConfig(
  topology: Topology,
  options: { readonly storeDir: string; readonly pidFile: string; readonly tls?: TlsFiles | undefined },
): string {
  return renderWith(topology, renderBrokerUsers(topology), options);
}

function renderWith(
  topology: Topology,
  users: readonly string[],
  options: Parameters<typeof renderClusterNatsConfig>[1],
): string {
  const port = (name: string) => clusterPort(topology, 'nats', name);
  return renderBroker(topology, {
    serverName: '$POD_NAME',
    clusterName: 'stormproof',
    listen: {
      client: `0.0.0.0:${port('client')}`,
      cluster: `0.0.0.0:${port('cluster')}`,
      monitor: `0.0.0.0:${port('monitor')}`,
    },
    routes: instancesOfService(topology, 'nats', 'kubernetes').map(
      (broker) => `nats-route://${clusterHost('nats', broker.ordinal)}:${port('cluster')}`,
    ),
    users,
    tls: options.tls,
    areRoutesNamed: true,
    storeDir: options.storeDir,
    settings: [`pid_file: ${JSON.stringify(options.pidFile)}`],
    clusterSettings: ['no_advertise: true'],
  });
}

/**
 * The part of the configuration that a broker takes over only when it starts: two of the same value differ in nothing
 * but what can be reloaded (the largest message, the other brokers, a store that grows, the users).
 */
export function clusterNatsConfigFixedAtStart(
  topology: Topology,
  options: Parameters<typeof renderClusterNatsConfig>[1],
): string {
  const { brokers } = topology;
  const replicas = Math.min(brokers.replicas, 2);
  return renderWith(
    { ...topology, streams: [], brokers: { ...brokers, replicas, maxPayloadBytes: 0 } },
    [],
    options,
  );
}
