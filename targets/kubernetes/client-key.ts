import { clientKeyOf } from '../../topology/kubernetes/index.ts';
import type { Cluster } from './cluster.ts';
import { readSecretKey } from './secret-key.ts';

/**
 * The key by which the order API of a namespace lets a client in.
 *
 * @throws TargetError `unsupported` where the namespace keeps none of that client; `forbidden` when this user may not read it
 */
export async function readClientKey(cluster: Pick<Cluster, 'secret'>, client: string): Promise<string> {
  const bytes = await readSecretKey(cluster, clientKeyOf(client), `by which ${client} is let in`);
  return bytes.toString('utf8').trim();
}
