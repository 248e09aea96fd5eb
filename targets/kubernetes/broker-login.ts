import type { BrokerLogin } from '../../services/runtime/broker-login.ts';
import { inboxPrefixOf } from '../../topology/derive/index.ts';
import { brokerCertificateOf, brokerKeysOf } from '../../topology/kubernetes/index.ts';
import type { Cluster } from './cluster.ts';
import { readSecretKey } from './secret-key.ts';

/**
 * How a user is let in by the brokers of a namespace, by the key and the certificate that its Secrets hold now.
 *
 * @param options.hasTls whether the brokers speak TLS
 * @throws TargetError `unsupported` without such a Secret; `forbidden` when this user may not read it
 */
export async function brokerLoginOf(
  cluster: Pick<Cluster, 'secret'>,
  { user, hasTls }: { readonly user: string; readonly hasTls: boolean },
): Promise<BrokerLogin> {
  const { secret, seed } = brokerKeysOf(user);
  const bytes = await readLoginKey(cluster, secret, seed);
  return {
    inboxPrefix: inboxPrefixOf(user),
    seed: () => Buffer.from(bytes),
    ...(hasTls ? { tls: await readTls(cluster, user) } : {}),
  };
}

async function readTls(
  cluster: Pick<Cluster, 'secret'>,
  user: string,
): Promise<NonNullable<BrokerLogin['tls']>> {
  const { secret, ...keys } = brokerCertificateOf(user);
  const [cert, key, ca] = await Promise.all(
    [keys.cert, keys.key, keys.ca].map((name) => readLoginKey(cluster, secret, name)),
  );
  return { cert: String(cert), key: String(key), ca: String(ca) };
}

/** Reads what somebody is let in with by the brokers. @throws as {@link readSecretKey} does */
export function readLoginKey(cluster: Pick<Cluster, 'secret'>, secret: string, key: string): Promise<Buffer> {
  const use = 'by which the brokers let somebody in; run `pulumi up` with this version of Stormproof';
  return readSecretKey(cluster, { secret, key }, use);
}
