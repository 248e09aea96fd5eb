import { digestOfKey } from '../../../topology/derive/client-keys.ts';
import type { ClientSpec, ClientsFile } from './clients-file.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

/** Somebody who may use the API. */
export type Client = {
  readonly id: string;
  /** Absent: no quota. */
  readonly ordersPerDay?: number;
  /** Absent: no limit. */
  readonly limits?: { readonly orders: RateLimit; readonly reads: RateLimit };
};

/** The clients of a clients file, found in constant time. */
export type ClientBook = {
  /** The client whose key it is, as the client sends it. */
  byKey(key: string): Client | undefined;
  byId(id: string): Client | undefined;
  /** Another file: whoever was in the one before with the same limits has used as much of them as before. */
  replace(file: ClientsFile): void;
};

export function createClientBook(file: ClientsFile): ClientBook {
  let byId: ReadonlyMap<string, Client> = new Map();
  let byDigest: ReadonlyMap<string, Client> = new Map();

  const replace = (next: ClientsFile) => {
    const clients = next.clients.map((spec) => ({ spec, client: createClient(spec, byId.get(spec.id)) }));
    byId = new Map(clients.map(({ client }) => [client.id, client]));
    byDigest = new Map(
      clients.flatMap(({ spec, client }) => spec.keys.map((digest): [string, Client] => [digest, client])),
    );
  };
  replace(file);
  return {
    // How long a look-up takes tells something of the digest at most, and nobody can choose what that begins with.
    byKey: (key) => byDigest.get(digestOfKey(key)),
    byId: (id) => byId.get(id),
    replace,
  };
}

function createClient(spec: ClientSpec, before: Client | undefined): Client {
  const { id, ordersPerSecond, burst, ordersPerDay } = spec;
  const client = { id, ...(ordersPerDay === undefined ? {} : { ordersPerDay }) };
  if (ordersPerSecond === undefined) return client;
  const rate = { perSecond: ordersPerSecond, burst: burst ?? Math.max(1, Math.ceil(ordersPerSecond)) };
  const { limits } = before ?? {};
  if (limits?.orders.rate.perSecond === rate.perSecond && limits.orders.rate.burst === rate.burst) {
    return { ...client, limits };
  }
  return { ...client, limits: { orders: createRateLimit(rate), reads: createRateLimit(rate) } };
}
