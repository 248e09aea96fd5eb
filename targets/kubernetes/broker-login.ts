import type { BrokerLogin } from '../../services/runtime/broker-login.ts';
import { inboxPrefixOf } from '../../topology/derive/index.ts';
import { brokerKeysOf } from '../../topology/kubernetes/index.ts';
import { TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';

/**
 * How a user is let in by the brokers of a namespace, by the key that its Secret holds now.
 *
 * @throws TargetError `unsupported` without such a Secret; `forbidden` when this user may not read it
 */
export async function brokerLoginOf(cluster: Pick<Cluster, 'secret'>, user: string): Promise<BrokerLogin> {
  const { secret, seed } = brokerKeysOf(user);
  const text = (await cluster.secret(secret))?.data?.[seed];
  if (text === undefined) {
    throw new TargetError(
      'unsupported',
      `the Secret ${secret} with the key ${seed} is missing, by which the brokers let ${user} in; ` +
        'run `pulumi up` with this version of Stormproof',
    );
  }
  const bytes = Buffer.from(text, 'base64');
  return { inboxPrefix: inboxPrefixOf(user), seed: () => Buffer.from(bytes) };
}
