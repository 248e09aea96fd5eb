import type { Target } from '../../targets/target.ts';
import { toxiproxyInstance } from '../../topology/derive/index.ts';
import type { Topology } from '../../topology/index.ts';
import { names } from '../../topology/index.ts';
import type { Arm } from './arms.ts';
import { withBrokers } from './brokers.ts';
import type { BrokerFacts, PhaseFigures } from './results.ts';

/** Asks the brokers of a target how they keep orders, rather than what they were told. */
export async function readBrokerFacts(target: Target): Promise<BrokerFacts> {
  const { natsMonitor } = await target.addresses();
  const brokers = await Promise.all(
    natsMonitor.map(async (url) => {
      const response = await fetch(`${url}/varz`, { signal: AbortSignal.timeout(5_000) });
      return (await response.json()) as Varz;
    }),
  );
  const streamReplicas = await withBrokers(target, async (_connection, manager) => {
    const { config } = await manager.streams.info(names.ordersStream);
    return config.num_replicas;
  });
  const syncs = new Set(brokers.map(parseSync));
  return {
    ...{ brokers: brokers.length, streamReplicas, sync: [...syncs].sort().join(', ') },
    ...(brokers.every((broker) => broker.tls_required === true) ? { hasTls: true } : {}),
  };
}

type Varz = {
  readonly tls_required?: boolean;
  readonly jetstream?: {
    readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number };
  };
};

/** As the topology has it: `always`, or seconds (`120s`). Of nats-server's `/varz`, which tells nanoseconds. */
export function parseSync({ jetstream }: Varz): string {
  const { sync_always: isAlways = false, sync_interval: intervalNs } = jetstream?.config ?? {};
  if (isAlways) return 'always';
  return intervalNs === undefined ? 'unknown' : `${intervalNs / 1e9}s`;
}

/** Copies of a message that a broker stores twice, and orders that are stored although nobody knows, are this rare. */
const singleOrdersMost = 1.02;

/**
 * What of an arm did not take effect: its figures would be of something else. Pure.
 *
 * @param seen while it was measured; absent before
 * @returns undefined when everything that can be seen did
 */
export function findNoEffect(
  arm: Pick<Arm, 'kind' | 'topology' | 'settings' | 'isProxied' | 'isSecured'>,
  facts: BrokerFacts,
  seen: Pick<PhaseFigures, 'ordersPerMessage' | 'batchCalls' | 'cpuUsPerOrder'> | undefined,
): string | undefined {
  const { kind, topology, settings, isProxied, isSecured } = arm;
  const orders = topology.streams.find(({ name }) => name === names.ordersStream);
  const expected: BrokerFacts = {
    brokers: topology.brokers.replicas,
    streamReplicas: orders?.replicas ?? 0,
    sync: syncSeconds(topology.brokers.syncInterval),
  };
  const wrong = (['brokers', 'streamReplicas', 'sync'] as const)
    .filter((of) => facts[of] !== expected[of])
    .map((of) => `${of} is ${facts[of]}, not ${expected[of]}`);
  if (isSecured !== (facts.hasTls === true)) {
    wrong.push(isSecured ? 'brokers speak without TLS' : 'brokers speak TLS');
  }
  if (seen !== undefined) {
    const { ordersPerMessage, batchCalls, cpuUsPerOrder } = seen;
    const isSingle = kind === 'peer' || settings.order?.STORMPROOF_GROUP_ORDERS_MAX === '1';
    if (isSingle && ordersPerMessage > singleOrdersMost) {
      wrong.push(`${ordersPerMessage.toFixed(2)} orders share a message, not 1`);
    }
    const isChargedSingly =
      kind === 'peer' || settings.payment?.STORMPROOF_PAYMENT_CHARGE_MODE === 'per-order';
    if (isChargedSingly && batchCalls > 0) wrong.push(`${batchCalls} calls were for several charges`);
    const proxies = Object.keys(cpuUsPerOrder).filter((name) => name === toxiproxyInstance);
    if (isProxied !== proxies.length > 0) wrong.push(isProxied ? 'nothing is proxied' : 'it is proxied');
  }
  return wrong.length === 0 ? undefined : `the arm did not take effect: ${wrong.join(', ')}`;
}

function syncSeconds(interval: Topology['brokers']['syncInterval']): string {
  const [, count, unit] = /^(\d+)([sm])$/.exec(interval) ?? [];
  return count === undefined ? interval : `${Number(count) * (unit === 'm' ? 60 : 1)}s`;
}
