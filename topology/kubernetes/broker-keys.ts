import { type BrokerCertificate, brokerCertificatesOf } from '../derive/broker-tls.ts';
import { brokerUsersOf } from '../derive/broker-users.ts';
import type { Topology } from '../model.ts';
import { clusterHost, toxiproxyService } from './ports.ts';

/** Where the keys of a user of the brokers are in its namespace: a Secret, and the keys of its content. */
export type BrokerKeysPlace = { readonly secret: string; readonly seed: string; readonly publicKeys: string };

export function brokerKeysOf(user: string): BrokerKeysPlace {
  return { secret: `broker-user-${user}`, seed: 'user.nk', publicKeys: 'user.conf' };
}

/**
 * Where a certificate for the brokers is in its namespace, where they speak TLS: a Secret, and the keys of its content, as
 * cert-manager calls them.
 */
export type BrokerCertificatePlace = {
  readonly secret: string;
  readonly cert: string;
  readonly key: string;
  /** The authorities whose certificates its holder believes. */
  readonly ca: string;
};

/** @param name a user of the brokers, or the brokers' own (topology/derive/broker-tls.ts) */
export function brokerCertificateOf(name: string): BrokerCertificatePlace {
  return { secret: `broker-tls-${name}`, cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' };
}

/** Where the authority is that signs them: mounted by nobody. */
export const brokerAuthority = { secret: 'broker-authority', cert: 'ca.crt', key: 'ca.key' } as const;

/**
 * As long as their authority: when they are changed is for people to say (`keys rotate`), and no platform stops because a
 * year has passed.
 */
const certificateDays = 3_650;

/** Names are in the certificate for brokers that a stack does not have yet, so that it can grow. */
const brokersForeseen = 9;

/** The certificates of a namespace whose brokers speak TLS. */
export function clusterCertificatesOf(topology: Topology, namespace: string): readonly BrokerCertificate[] {
  const users = brokerUsersOf(topology).map(({ name }) => name);
  return brokerCertificatesOf(users, brokerNames(topology, namespace)).map((certificate) => ({
    ...certificate,
    days: certificateDays,
  }));
}

/** The names by which brokers of a namespace are reached: by each other, by clients, past proxies, by a port-forward. */
function brokerNames(topology: Topology, namespace: string): readonly string[] {
  const count = Math.max(topology.brokers.replicas, brokersForeseen);
  return [
    ...Array.from({ length: count }, (_, ordinal) => `DNS:${clusterHost('nats', ordinal)}`),
    ...['nats', `nats.${namespace}.svc`, toxiproxyService, 'localhost'].map((name) => `DNS:${name}`),
    'IP:127.0.0.1',
  ];
}
