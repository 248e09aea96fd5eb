import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';

/** Says at `/readyz` that the process serves: it is called when everything else has been started. */
export async function listenReady(address: {
  readonly host: string;
  readonly port: AddressInfo['port'];
}): Promise<FastifyInstance> {
  const admin = Fastify();
  admin.get('/readyz', () => ({ ready: true, missing: [] }));
  await admin.listen(address);
  return admin;
}
