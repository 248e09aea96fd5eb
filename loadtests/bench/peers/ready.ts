import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';

/**
 * Says at `/readyz` that the process serves: it is called when everything else has been started.
 *
 * @param facts further answers, by path
 */
export async function listenReady(
  address: { readonly host: string; readonly port: AddressInfo['port'] },
  facts: Readonly<Record<string, () => object>> = {},
): Promise<FastifyInstance> {
  const admin = Fastify();
  admin.get('/readyz', () => ({ ready: true, missing: [] }));
  for (const [path, tell] of Object.entries(facts)) admin.get(path, tell);
  await admin.listen(address);
  return admin;
}
