import { clientKeyOf } from '../../topology/kubernetes/index.ts';
import { TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';

/**
 * The key by which the order API of a namespace lets a client in.
 *
 * @throws TargetError `unsupported` where the namespace keeps none of that client; `forbidden` when this user may not read it
 */
export async function readClientKey(cluster: Pick<Cluster, 'secret'>, client: string): Promise<string> {
  const { secret, key } = clientKeyOf(client);
  const text = (await cluster.secret(secret))?.data?.[key];
  if (text === undefined) {
    throw new TargetError(
      'unsupported',
      `the Secret ${secret} with the key ${key} is missing, by which ${client} is let in`,
    );
  }
  return Buffer.from(text, 'base64').toString('utf8').trim();
}
