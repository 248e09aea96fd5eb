import { TargetError } from '../target.ts';
import type { Cluster } from './cluster.ts';

/**
 * What a Secret of a namespace holds under a key.
 *
 * @param use what it is for, for whoever is told that it is missing: `by which the brokers let somebody in`
 * @throws TargetError `unsupported` without such a Secret; `forbidden` when this user may not read it
 */
export async function readSecretKey(
  cluster: Pick<Cluster, 'secret'>,
  { secret, key }: { readonly secret: string; readonly key: string },
  use: string,
): Promise<Buffer> {
  const text = (await cluster.secret(secret))?.data?.[key];
  if (text !== undefined) return Buffer.from(text, 'base64');
  throw new TargetError('unsupported', `the Secret ${secret} with the key ${key} is missing, ${use}`);
}
