import type { Certificate } from '../../tools/index.ts';
import {
  type BrokerKeys,
  brokerUsersOf,
  parseBrokerKeys,
  renderBrokerKeys,
} from '../../topology/derive/index.ts';
import {
  brokerAuthority,
  brokerCertificateOf,
  brokerKeysOf,
  clusterCertificatesOf,
} from '../../topology/kubernetes/index.ts';
import type { Topology } from '../../topology/model.ts';
import type { CertificateStore } from '../rotate-certificates.ts';
import type { KeyStore } from '../rotate-keys.ts';
import { TargetError } from '../target.ts';
import { readLoginKey } from './broker-login.ts';
import type { Cluster } from './cluster.ts';

type Secrets = Pick<Cluster, 'namespace' | 'secret' | 'writeSecret'>;

/**
 * The keys of the brokers' users as the Secrets of a namespace hold them. Whoever mounts them sees what is written when its
 * kubelet has brought it.
 */
export function clusterKeys(cluster: Secrets, topology: Topology): KeyStore {
  const users = brokerUsersOf(topology).map(({ name }) => name);
  const publicKeysOf = async (user: string) => {
    const { secret, publicKeys: key } = brokerKeysOf(user);
    const keys = parseBrokerKeys(user, await readKey(cluster, secret, key));
    if (keys === undefined) throw new TargetError('damaged', `the Secret ${secret} has no keys in ${key}`);
    return keys;
  };
  return {
    users,
    seedOf: (user) => readLoginKey(cluster, brokerKeysOf(user).secret, brokerKeysOf(user).seed),

    async publicKeys() {
      const pairs = await Promise.all(users.map(async (user) => [user, await publicKeysOf(user)] as const));
      return Object.fromEntries(pairs);
    },

    async publish(keys: Readonly<Record<string, BrokerKeys>>) {
      for (const [user, pair] of Object.entries(keys)) {
        const { secret, publicKeys } = brokerKeysOf(user);
        await cluster.writeSecret(secret, { [publicKeys]: renderBrokerKeys(user, pair) });
      }
    },

    async handOver(seeds) {
      for (const [user, bytes] of seeds) {
        const { secret, seed } = brokerKeysOf(user);
        await cluster.writeSecret(secret, { [seed]: Buffer.from(bytes).toString('latin1') });
      }
    },
  };
}

/** The certificates of a platform whose brokers speak TLS, as the Secrets of its namespace hold them. */
export function clusterCertificates(cluster: Secrets, topology: Topology): CertificateStore {
  const specs = clusterCertificatesOf(topology, cluster.namespace);
  const believe = async (authorities: string) => {
    for (const { secret, ca } of specs.map(({ name }) => brokerCertificateOf(name))) {
      await cluster.writeSecret(secret, { [ca]: authorities });
    }
  };
  const read = async (secret: string, keys: { readonly cert: string; readonly key: string }) => ({
    cert: await readKey(cluster, secret, keys.cert),
    key: await readKey(cluster, secret, keys.key),
  });
  const { secret: authority } = brokerAuthority;
  return {
    specs,
    authority: () => read(authority, brokerAuthority),
    certificate: (name) => read(brokerCertificateOf(name).secret, brokerCertificateOf(name)),

    async believe(authorities) {
      // First where the next rotation looks, should this one end half-way.
      await cluster.writeSecret(authority, { [brokerAuthority.cert]: authorities });
      await believe(authorities);
    },

    async replace(certificates: ReadonlyMap<string, Certificate>) {
      for (const [name, { cert, key }] of certificates) {
        const place = brokerCertificateOf(name);
        await cluster.writeSecret(place.secret, { [place.cert]: cert, [place.key]: key });
      }
    },

    async succeed({ cert, key }) {
      await cluster.writeSecret(authority, { [brokerAuthority.cert]: cert, [brokerAuthority.key]: key });
      await believe(cert);
    },
  };
}

async function readKey(cluster: Pick<Cluster, 'secret'>, secret: string, key: string): Promise<string> {
  return (await readLoginKey(cluster, secret, key)).toString('utf8');
}
