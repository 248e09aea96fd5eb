import type { BrokerLogin } from '../../services/runtime/broker-login.ts';
import { inboxPrefixOf } from '../../topology/derive/index.ts';
import { brokerCertificateOf, brokerKeysOf } from '../../topology/kubernetes/index.ts';
import { TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';

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
  const bytes = await readSecretKey(cluster, secret, seed);
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
    [keys.cert, keys.key, keys.ca].map((name) => readSecretKey(cluster, secret, name)),
  );
  return { cert: String(cert), key: String(key), ca: String(ca) };
}

/** @throws TargetError `unsupported` without such a Secret; `forbidden` when this user may not read it */
export async function readSecretKey(
  cluster: Pick<Cluster, 'secret'>,
  secret: string,
  key: string,
): Promise<Buffer> {
  const text = (await cluster.secret(secret))?.data?.[key];
  if (text !== undefined) return Buffer.from(text, 'base64');
  throw new TargetError(
    'unsupported',
    `the Secret ${secret} with the key ${key} is missing, by which the brokers let somebody in; ` +
      'run `pulumi up` with this version of Stormproof',
  );
}
