import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { topologyDeviations } from '../deviations.ts';
import type { Rotated, RotationOptions } from '../rotate-keys.ts';
import { type Instance, type Target, TargetError } from '../target.ts';
import { addressesOf, proxyRefsOf } from './addresses.ts';
import { brokerLoginOf } from './broker-login.ts';
import { type Catalogue, createCatalogue, replicasOf } from './catalogue.ts';
import { readClientKey } from './client-key.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { awaitReady, endPod } from './disturb.ts';
import { type ChosenCluster, type ClusterChoice, chooseCluster } from './kubeconfig.ts';
import { withLease } from './lease.ts';
import { entrancesOf, firstAnswering } from './load-path.ts';
import { type LogOptions, writeLog } from './log.ts';
import { type FoundPlatform, findPlatform } from './platform.ts';
import { createReach, type Reach } from './reach.ts';
import { createRoster, type Roster } from './roster.ts';
import { rotateClusterKeys } from './rotation.ts';
import { createUsageReader } from './stats.ts';
import { createPodStreams } from './stream.ts';

/** The platform as pods of one namespace. */
export type KubernetesTarget = Target & {
  readonly name: 'kubernetes';
  /** Every instance of every service and backend. */
  allInstances(): Promise<readonly Instance[]>;
  /** Writes what an instance has written, and what it writes from then on if asked to. */
  writeLog(instance: string, output: Writable, options: LogOptions): Promise<void>;
  /**
   * As {@link rotateClusterKeys} of rotation.ts.
   * @param options.holder says who rotates: user, machine, process
   */
  rotateKeys(options: Pick<RotationOptions, 'onStep'> & { readonly holder: string }): Promise<Rotated>;
  /** As {@link withLease} of lease.ts, for whoever breaks or heals. */
  withTurn<T>(holder: string, body: (lost: AbortSignal) => Promise<T>): Promise<T>;
};

/**
 * The platform that `pulumi up` made in a namespace.
 *
 * @param options.orderUrl base URL of the order service, when clients reach it by a way of their own (an Ingress)
 * @param options.loadPods how many pods of the cluster send the load, if any do: clients are then described as those
 * @param options.signal ends the attaching; what is done to the platform later must not depend on it, least of all healing
 * @throws TargetError `unsupported` without a usable kubeconfig, `unreachable`, `forbidden`, `not-running` when there is no
 *   platform in the namespace; each says what was expected where
 */
export async function attachKubernetesTarget(
  options: ClusterChoice & {
    readonly environment: NodeJS.ProcessEnv;
    readonly orderUrl?: string | undefined;
    readonly loadPods?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<KubernetesTarget> {
  const chosen = chooseCluster(options, options.environment);
  const asking = openCluster(chosen, options.signal);
  const platform = await findPlatform(asking);
  if (!(await asking.mayWithPods('get', 'portforward'))) {
    throw new TargetError(
      'forbidden',
      `this user may not get pods/portforward in the namespace ${chosen.namespace}, by which everything is reached`,
    );
  }
  const cluster = openCluster(chosen);
  const nowMs = () => performance.now();
  const roster = createRoster({
    cluster,
    stack: platform.stack,
    replicasOf: (service) => replicasOf(platform, service),
    nowMs,
  });
  const open = createPodStreams(chosen.config, chosen.namespace);
  const reach = createReach({ platform, roster, open });
  const usageReader = createUsageReader(cluster, nowMs);
  const catalogue = createCatalogue({ platform, roster, usageReader, reach });
  const way = await findOrders(asking, reach, options.orderUrl);
  const { loadPods } = options;
  const orders = loadPods === undefined ? way : { ...way, by: `${loadPods} pods of the cluster` };
  const { environment } = options;
  return fromParts({ chosen, cluster, platform, roster, reach, catalogue, orders, environment });
}

/** How clients come to the order service. */
type Orders = { readonly url: string; readonly by: string };

async function findOrders(cluster: Cluster, reach: Reach, given: string | undefined): Promise<Orders> {
  if (given !== undefined) return { url: given.replace(/\/+$/, ''), by: `the given URL ${given}` };
  const service = await cluster.service('order');
  const nodes =
    service?.spec?.type === 'ClusterIP'
      ? []
      : await cluster.nodes().catch(() => {
          // Whoever may not see nodes goes another way.
          return [];
        });
  const entrance = await firstAnswering(entrancesOf(service, 'http', nodes));
  if (entrance !== undefined) return { url: entrance.url, by: `${entrance.kind} ${entrance.url}` };
  return { url: `http://${await reach.service('order', 'http')}`, by: 'port-forward' };
}

function fromParts({
  chosen,
  cluster,
  platform,
  roster,
  reach,
  catalogue,
  orders,
  environment,
}: {
  readonly chosen: ChosenCluster;
  readonly cluster: Cluster;
  readonly platform: FoundPlatform;
  readonly roster: Roster;
  readonly reach: Reach;
  readonly catalogue: Catalogue;
  readonly orders: Orders;
  readonly environment: NodeJS.ProcessEnv;
}): KubernetesTarget {
  const { context, namespace, kubeconfig } = chosen;
  const { stack, deployment, topology, isForTests } = platform;
  const { instances, allInstances, find, pod } = catalogue;
  const refusePause = async (name: string) => {
    const why = 'Kubernetes cannot stop a pod from running without ending it';
    throw new TargetError('unsupported', `${name}: ${why}`);
  };
  const refuseStartAs = async (name: string) => {
    throw new TargetError('unsupported', `${name}: a pod runs what its image holds`);
  };

  return {
    name: 'kubernetes',
    description: `kubernetes (stack ${stack}, namespace ${namespace} of ${context}; orders by ${orders.by})`,
    ref: { kind: 'kubernetes', kubeconfig, context, namespace, deployment },
    topology,
    deviations: topologyDeviations(topology),
    isForTests,
    instances,
    allInstances,

    async kill(name) {
      await endPod({ cluster, roster }, await pod(name), 0);
    },

    async terminate(name, graceMs) {
      return endPod({ cluster, roster }, await pod(name), Math.max(1, Math.ceil(graceMs / 1_000)));
    },

    canPause: false,
    pause: refusePause,
    resume: refusePause,
    start: (name) => awaitReady(() => find(name)),
    startAs: refuseStartAs,
    proxies: (edge) => proxyRefsOf(platform, reach, edge),
    disk: () => Promise.resolve(undefined),
    dataDirectory: () => Promise.resolve(undefined),
    brokerLogin: (user) => brokerLoginOf(cluster, { user, hasTls: platform.tls === true }),
    rotateKeys: (options) => rotateClusterKeys({ cluster, platform, reach }, options, environment),
    ...(platform.apiKeys ? { clientKey: (client: string) => readClientKey(cluster, client) } : {}),
    addresses: () => addressesOf(platform, reach, orders.url),

    async writeLog(name, output, options) {
      await writeLog(chosen, await pod(name), output, options);
    },

    withTurn: (holder, body) =>
      withLease(cluster, { lease: 'stormproof-turn', holder, nowMs: Date.now }, body),
    close: () => reach.close(),
  };
}
