import type { Topology } from '../model.ts';
import { renderBrokerTls, type TlsFiles } from './broker-tls.ts';
import { renderBrokerUsers } from './broker-users.ts';
import { localHost } from './environment.ts';
import { instancesOfService } from './instances.ts';
import { type Ports, portOf, toxiproxyInstance } from './ports.ts';
import type { ProxySpec } from './proxies.ts';

const gibibyte = 1024 ** 3;

/** What differs from place to place in the configuration of a broker. */
export type BrokerPlace = {
  /** As the file is to say it: a quoted text or a variable. */
  readonly serverName: string;
  /** Brokers of another name are refused, wherever a route has led them. */
  readonly clusterName: string;
  /** `host:port` to listen on. */
  readonly listen: { readonly client: string; readonly cluster: string; readonly monitor: string };
  /** Lines that say who is let in, and to what; none lets everybody in. */
  readonly users: readonly string[];
  /** By which it speaks TLS to clients and to the other brokers; absent: it does not. */
  readonly tls?: TlsFiles | undefined;
  /**
   * Whether only who has a certificate for a host of {@link BrokerPlace.routes} is taken for one of the cluster; default
   * whoever has one of the authority, as users have.
   */
  readonly areRoutesNamed?: boolean;
  /** `nats-route://host:port` of the other brokers; the broker itself may be among them. */
  readonly routes: readonly string[];
  /** Where JetStream keeps its files: absolute. */
  readonly storeDir: string;
  /** Further lines of the file's top level. */
  readonly settings?: readonly string[];
  /** Further lines of the `cluster` block. */
  readonly clusterSettings?: readonly string[];
};

/**
 * The configuration file of one broker on loopback.
 *
 * Brokers whose routes pass through proxies tell each other no address: they would connect past the proxies. A route is
 * one connection then; brokers open several by default, between which a proxy could not tell.
 *
 * @param options.clusterName unlike that of any other platform of this machine: a port of a broker that is down may be
 *   another platform's by the time that a route is opened to it
 * @param options.storeDir where JetStream keeps its files: absolute
 * @param options.routePassword what a broker must know to be one of the cluster; the text is to be kept as secret as that
 */
export function renderNatsServerConfig(
  topology: Topology,
  options: {
    readonly instance: string;
    readonly ports: Ports;
    readonly proxies: readonly ProxySpec[];
    readonly clusterName: string;
    readonly storeDir: string;
    readonly routePassword: string;
    readonly tls?: TlsFiles | undefined;
  },
): string {
  const { instance, ports, clusterName, storeDir, routePassword } = options;
  const routeProxies = options.proxies.filter((proxy) => proxy.caller?.name === instance);
  const listen = (name: string) => `${localHost}:${portOf(ports, instance, name)}`;
  return renderBroker(topology, {
    serverName: `"${instance}"`,
    clusterName,
    listen: { client: listen('client'), cluster: listen('cluster'), monitor: listen('monitor') },
    routes: instancesOfService(topology, 'nats', 'local')
      .filter((broker) => broker.name !== instance)
      .map((broker) => {
        const proxy = routeProxies.find(({ callee }) => callee.name === broker.name);
        const port =
          proxy === undefined
            ? portOf(ports, broker.name, 'cluster')
            : portOf(ports, toxiproxyInstance, proxy.name);
        return `nats-route://${routeUser}:${routePassword}@${localHost}:${port}`;
      }),
    users: renderBrokerUsers(topology),
    tls: options.tls,
    storeDir,
    clusterSettings: [
      `authorization: { user: "${routeUser}", password: "${routePassword}", timeout: 10 }`,
      ...(routeProxies.length === 0
        ? []
        : ['no_advertise: true', `advertise: "${localHost}:1"`, 'pool_size: 1']),
    ],
  });
}

const routeUser = 'route';

/** The configuration file of a broker. A single broker has no cluster. */
export function renderBroker(topology: Topology, place: BrokerPlace): string {
  const { brokers } = topology;
  const { listen, users, routes, storeDir, settings = [], clusterSettings = [] } = place;
  const { fileBytes, memoryBytes } = brokerStoreLimits(topology);
  const tls = place.tls === undefined ? [] : renderBrokerTls(place.tls);
  const routeTls =
    place.tls === undefined ? [] : renderBrokerTls(place.tls, { areNamesKnown: place.areRoutesNamed });
  const lines = [
    `server_name: ${place.serverName}`,
    `listen: "${listen.client}"`,
    `http: "${listen.monitor}"`,
    `max_payload: ${brokers.maxPayloadBytes}`,
    // The shortest that nats-server takes.
    'lame_duck_duration: "30s"',
    'lame_duck_grace_period: "2s"',
    ...settings,
    '',
    ...(users.length === 0 ? [] : [...users, '']),
    ...tls,
    'jetstream {',
    `  store_dir: ${JSON.stringify(storeDir)}`,
    `  sync_interval: "${brokers.syncInterval}"`,
    `  max_file_store: ${fileBytes}`,
    `  max_memory_store: ${memoryBytes}`,
    '}',
  ];
  if (brokers.replicas > 1) {
    lines.push('', 'cluster {', `  name: "${place.clusterName}"`, `  listen: "${listen.cluster}"`);
    lines.push(...[...clusterSettings, ...routeTls].map((line) => `  ${line}`));
    lines.push('  routes: [', ...routes.map((route) => `    "${route}"`), '  ]', '}');
  }
  return `${lines.join('\n')}\n`;
}

/**
 * What one broker may store. It reserves the `max_bytes` of every stream it hosts, and with as many replicas as brokers
 * it hosts them all; a margin is left for streams that are being moved or made anew. Nothing is reserved on the disk
 * itself.
 */
export function brokerStoreLimits({ streams }: Topology): {
  readonly fileBytes: number;
  readonly memoryBytes: number;
} {
  return {
    fileBytes: sumOfLimits(streams.filter((stream) => stream.storage === 'file')) + gibibyte,
    memoryBytes: sumOfLimits(streams.filter((stream) => stream.storage === 'memory')) + gibibyte / 4,
  };
}

function sumOfLimits(streams: readonly { readonly maxBytes: number }[]): number {
  return streams.reduce((sum, stream) => sum + Math.max(stream.maxBytes, 0), 0);
}
