import { type Topology, withLocalReplicas } from '../../topology/index.ts';
import { peerTopology, withReplicas, withSyncInterval } from './topologies.ts';

/**
 * - `platform`: ours, as delivered but for what the arm says.
 * - `peer`: the original guide's design in plain TypeScript (`peers/`), by the same recorder and provider.
 * - `ceiling`: brokers alone, with the best that the publisher of the nats CLI gets out of them.
 */
export type ArmKind = 'platform' | 'peer' | 'ceiling';

/** One thing that is measured beside the others, in the same run. */
export type Arm = {
  readonly name: ArmName;
  /** What it is, or what of the baseline it changes: a row's first cell. */
  readonly title: string;
  readonly kind: ArmKind;
  readonly topology: Topology;
  /** Environment variables of services beyond the topology's, by service. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Other programs for services, by service: paths from the repository's root. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Whether every edge passes through Toxiproxy. */
  readonly isProxied: boolean;
  /** Whether the brokers speak TLS. */
  readonly isSecured: boolean;
  /** The one guarantee of the baseline that this arm goes without, as the price list tells it. */
  readonly lacks?: string;
  /** The one guarantee that this arm has and the baseline has not, as the price list tells it. */
  readonly adds?: string;
  /** The experiment in which it must lose orders for want of that; absent where no such experiment is on the price list. */
  readonly mustLoseIn?: string;
  /** Of a `ceiling`: how the orders come to the brokers. */
  readonly publishing?: Publishing;
};

/** What the publisher of the nats CLI sends. */
export type Publishing = {
  /** Orders that share a message; it counts messages, of which each is worth as many orders. */
  readonly ordersPerMessage: number;
  readonly bytesPerMessage: number;
  /** Messages of a batch, published before their PubAcks are waited for; more are tried as well. */
  readonly inFlightMax: number;
};

export const armNames = [
  'baseline',
  'no-group-commit',
  'one-replica',
  'lazy-fsync',
  'early-201',
  'tracing-off',
  'tracing-all',
  'charge-per-order',
  'two-replicas',
  'proxied',
  'tls',
  'peer-one-broker',
  'peer-three-brokers',
  'peer-three-brokers-fsync',
  'ceiling-single',
  'ceiling-grouped',
] as const;
export type ArmName = (typeof armNames)[number];

/** Every other figure of a run is also told as a ratio to this arm's. */
export const baselineName: ArmName = 'baseline';

/** Arms of a quick run: the baseline, and one of each kind that needs no further program. */
export const quickArmNames: readonly ArmName[] = ['baseline', 'no-group-commit', 'peer-three-brokers-fsync'];

/** An order as the recorder sends it takes about this in a message: what a publisher of bytes has to send in its place. */
const bytesPerOrder = 224;
/** The order service's group when orders keep coming (services/order/config.ts). */
const ordersPerGroup = 256;

/**
 * The arms of a run on a platform.
 *
 * @param delivered the topology as it is delivered
 */
export function armsOf(delivered: Topology): Readonly<Record<ArmName, Arm>> {
  const variant = (
    name: ArmName,
    title: string,
    changes: Partial<Omit<Arm, 'name' | 'title' | 'kind'>> = {},
  ): Arm => ({
    ...{ name, title, kind: 'platform', topology: delivered },
    ...{ settings: {}, overrides: {}, isProxied: false, isSecured: false },
    ...changes,
  });
  const peer = (name: ArmName, title: string, topology: Topology): Arm => ({
    ...variant(name, title, { topology: peerTopology(topology) }),
    kind: 'peer',
  });
  const ceiling = (name: ArmName, title: string, publishing: Publishing): Arm => ({
    ...variant(name, title, {
      topology: { ...delivered, consumers: [], services: [], edges: [] },
      publishing,
    }),
    kind: 'ceiling',
  });
  const lazy = withSyncInterval(delivered, '2m');
  return {
    baseline: variant('baseline', 'everything on: three replicas, fsync always, tracing 1 %, batch charging'),
    'no-group-commit': variant(
      'no-group-commit',
      'group commit off: an order per message, so charges, outcomes and writes are single as well; 256 in flight',
      {
        settings: {
          // As many in flight as the order service allows, which is fewer than the closed loop has.
          order: {
            STORMPROOF_GROUP_ORDERS_MAX: '1',
            STORMPROOF_GROUPS_IN_FLIGHT: '256',
            STORMPROOF_GROUP_SPACING_MS: '0',
          },
          payment: { STORMPROOF_PAYMENT_GROUPS_MAX: '256' },
        },
      },
    ),
    'one-replica': variant('one-replica', 'one replica of each stream, on one of three brokers', {
      topology: withReplicas(delivered, 1),
      lacks: 'three replicas of each stream',
    }),
    'lazy-fsync': variant('lazy-fsync', "fsync every 2 minutes, nats-server's default", {
      topology: lazy,
      ...{ lacks: 'fsync before the PubAck', mustLoseIn: 'power-lost-on-all' },
    }),
    'early-201': variant('early-201', 'the 201 leaves before the PubAck', {
      overrides: { order: 'chaos/sabotage/early-201.ts' },
      ...{ lacks: 'the 201 waits for the PubAck', mustLoseIn: 'brokers-all-killed' },
    }),
    'tracing-off': variant('tracing-off', 'tracing 0 %', {
      settings: { order: { STORMPROOF_SAMPLE_RATIO: '0' } },
    }),
    'tracing-all': variant('tracing-all', 'tracing 100 %', {
      settings: { order: { STORMPROOF_SAMPLE_RATIO: '1' } },
    }),
    'charge-per-order': variant('charge-per-order', 'a call to the provider per order', {
      settings: { payment: { STORMPROOF_PAYMENT_CHARGE_MODE: 'per-order' } },
    }),
    'two-replicas': variant('two-replicas', 'two instances of order and of payment, which share the work', {
      topology: withLocalReplicas(delivered, { order: 2, payment: 2 }),
    }),
    proxied: variant('proxied', 'Toxiproxy in the path of every edge', { isProxied: true }),
    tls: variant('tls', 'TLS with certificates on both sides, to the brokers and between them', {
      isSecured: true,
      adds: 'TLS to the brokers and between them',
    }),
    'peer-one-broker': peer(
      'peer-one-broker',
      'peer: the plain design on one broker, fsync every 2 minutes',
      withReplicas({ ...lazy, brokers: { ...lazy.brokers, replicas: 1 } }, 1),
    ),
    'peer-three-brokers': peer(
      'peer-three-brokers',
      'peer: the plain design on three brokers, fsync every 2 minutes',
      lazy,
    ),
    'peer-three-brokers-fsync': peer(
      'peer-three-brokers-fsync',
      'peer: the plain design on three brokers, fsync always',
      delivered,
    ),
    'ceiling-single': ceiling('ceiling-single', 'ceiling: nats bench, a message per order', {
      ...{ ordersPerMessage: 1, bytesPerMessage: bytesPerOrder, inFlightMax: 512 },
    }),
    'ceiling-grouped': ceiling('ceiling-grouped', 'ceiling: nats bench, 256 orders per message', {
      ordersPerMessage: ordersPerGroup,
      bytesPerMessage: ordersPerGroup * bytesPerOrder,
      inFlightMax: 4,
    }),
  };
}
