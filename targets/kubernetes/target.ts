import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { instancesOf, instancesOfService } from '../../topology/derive/index.ts';
import { clusterPortsOf, toxiproxyService } from '../../topology/kubernetes/index.ts';
import { probe } from '../probe.ts';
import { type Instance, type Target, TargetError } from '../target.ts';
import { addressesOf, proxyRefsOf } from './addresses.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { awaitReady, endPod, podOf } from './disturb.ts';
import { describeInstances } from './instances.ts';
import { type ChosenCluster, type ClusterChoice, chooseCluster } from './kubeconfig.ts';
import { withLease } from './lease.ts';
import { entrancesOf, firstAnswering } from './load-path.ts';
import { type LogOptions, writeLog } from './log.ts';
import { type FoundPlatform, findPlatform } from './platform.ts';
import { createReach, type Reach } from './reach.ts';
import { createRoster } from './roster.ts';
import { createUsageReader } from './stats.ts';
import { createPodStreams } from './stream.ts';

/** The platform as pods of one namespace. */
export type KubernetesTarget = Target & {
  readonly name: 'kubernetes';
  /** Every instance of every service and backend. */
  allInstances(): Promise<readonly Instance[]>;
  /** Writes what an instance has written, and what it writes from then on if asked to. */
  writeLog(instance: string, output: Writable, options: LogOptions): Promise<void>;
  /** As {@link withLease} of lease.ts. */
  withTurn<T>(holder: string, body: (lost: AbortSignal) => Promise<T>): Promise<T>;
};

/**
 * The platform that `pulumi up` made in a namespace.
 *
 * @param options.orderUrl base URL of the order service, when clients reach it by a way of their own (an Ingress)
 * @param options.signal ends the attaching; what is done to the platform later must not depend on it, least of all healing
 * @throws TargetError `unsupported` without a usable kubeconfig, `unreachable`, `forbidden`, `not-running` when there is no
 *   platform in the namespace; each says what was expected where
 */
export async function attachKubernetesTarget(
  options: ClusterChoice & {
    readonly environment: NodeJS.ProcessEnv;
    readonly orderUrl?: string | undefined;
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
  const replicasOf = (service: string) =>
    service === toxiproxyService
      ? Math.min(platform.proxies.length, 1)
      : instancesOfService(platform.topology, service, 'kubernetes').length;
  const roster = createRoster({ cluster, stack: platform.stack, replicasOf, nowMs });
  const open = createPodStreams(chosen.config, chosen.namespace);
  const reach = createReach({ platform, roster, open });
  const orders = await findOrders(asking, reach, options.orderUrl);
  return fromParts({ chosen, cluster, platform, replicasOf, roster, reach, orders });
}

/** How clients come to the order service. */
type Orders = { readonly url: string; readonly by: string };

async function findOrders(cluster: Cluster, reach: Reach, given: string | undefined): Promise<Orders> {
  if (given !== undefined) return { url: given.replace(/\/+$/, ''), by: `the given URL ${given}` };
  const service = await cluster.service('order');
  const nodes = service?.spec?.type === 'ClusterIP' ? [] : await cluster.nodes().catch(() => []);
  const entrance = await firstAnswering(entrancesOf(service, 'http', nodes));
  if (entrance !== undefined) return { url: entrance.url, by: `${entrance.kind} ${entrance.url}` };
  return { url: `http://${await reach.service('order', 'http')}`, by: 'port-forward' };
}

function fromParts(parts: {
  readonly chosen: ChosenCluster;
  readonly cluster: Cluster;
  readonly platform: FoundPlatform;
  readonly replicasOf: (service: string) => number;
  readonly roster: ReturnType<typeof createRoster>;
  readonly reach: Reach;
  readonly orders: Orders;
}): KubernetesTarget {
  const { chosen, cluster, platform, replicasOf, roster, reach, orders } = parts;
  const { topology } = platform;
  const { context, namespace, kubeconfig } = chosen;
  const usageReader = createUsageReader(cluster, () => performance.now());
  const services = [
    ...new Set(instancesOf(topology, 'kubernetes').map(({ service }) => service)),
    ...(platform.proxies.length > 0 ? [toxiproxyService] : []),
  ];

  async function instances(service: string): Promise<readonly Instance[]> {
    if (!services.includes(service)) {
      throw new TargetError('unknown-service', `no service is called ${service}`);
    }
    const pods = await roster.pods(service);
    const nodes = [...pods.values()].flatMap(({ node }) => node ?? []);
    const usage = await usageReader.read(nodes);
    const replicas = replicasOf(service);
    return Promise.all(describeInstances({ service, replicas, pods, usage }).map(askWhatIsMissing));
  }

  /** The program itself knows better than the API server why it is not ready. */
  async function askWhatIsMissing(instance: Instance): Promise<Instance> {
    const port = instance.service === 'nats' ? 'monitor' : 'admin';
    if (instance.isReady || instance.state !== 'running') return instance;
    if (clusterPortsOf(topology, instance.service)[port] === undefined) return instance;
    const { ordinal } = parse(instance.name);
    const at = await reach.instance(instance.service, ordinal, port);
    const path = instance.service === 'nats' ? 'healthz?js-server-only=true' : 'readyz';
    const { missing } = await probe(`http://${at}/${path}`);
    if (missing.length === 0) return instance;
    return { ...instance, missing: [`${instance.missing.join(', ')}: ${missing.join(', ')}`] };
  }

  async function find(name: string): Promise<Instance> {
    const found = (await instances(parse(name).service)).find((instance) => instance.name === name);
    if (found === undefined) throw new TargetError('unknown-instance', `no instance is called ${name}`);
    return found;
  }

  const pod = async (name: string) => {
    const { service, ordinal } = parse(name);
    return podOf(roster, service, ordinal);
  };
  const noPause = async (name: string) => {
    throw new TargetError(
      'unsupported',
      `${name}: Kubernetes cannot stop a pod from running without ending it`,
    );
  };

  return {
    name: 'kubernetes',
    description: `kubernetes (stack ${platform.stack}, namespace ${namespace} of ${context}; orders by ${orders.by})`,
    ref: { kind: 'kubernetes', kubeconfig, context, namespace, deployment: platform.deployment },
    topology,
    isForTests: platform.isForTests,
    instances,
    allInstances: async () => (await Promise.all(services.map(instances))).flat(),

    async kill(name) {
      await endPod({ cluster, roster }, await pod(name), 0);
    },

    async terminate(name, graceMs) {
      return endPod({ cluster, roster }, await pod(name), Math.max(1, Math.ceil(graceMs / 1_000)));
    },

    pause: noPause,
    resume: noPause,
    start: (name) => awaitReady(() => find(name)),
    proxies: (edge) => proxyRefsOf(platform, reach, edge),
    disk: () => Promise.resolve(undefined),
    addresses: () => addressesOf(platform, reach, orders.url),

    async writeLog(name, output, options) {
      await writeLog(chosen, await pod(name), output, options);
    },

    withTurn: (holder, body) => withLease(cluster, { holder, nowMs: Date.now }, body),
    close: () => reach.close(),
  };
}

/** @throws TargetError `unknown-instance` for what no instance can be called */
function parse(name: string): { readonly service: string; readonly ordinal: number } {
  const [, service, ordinal] = /^(.+)-(\d+)$/.exec(name) ?? [];
  if (service === undefined) throw new TargetError('unknown-instance', `no instance is called ${name}`);
  return { service, ordinal: Number(ordinal) };
}
