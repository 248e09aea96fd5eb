import { hash, randomBytes } from 'node:crypto';

/** The variable that tells the service which clients call where the clients file is. */
export const clientsFileVariable = 'STORMPROOF_CLIENTS_FILE';

/** The client that load and probes of Stormproof itself are sent as. */
export const loadClient = 'stormproof-load';

/** A key by which a client of the order API is let in: 256 random bits behind a mark by which scanners find lost ones. */
export function newClientKey(): string {
  return `sp_${randomBytes(32).toString('base64url')}`;
}

/** What a clients file has of a key: SHA-256, 64 hex digits. */
export function digestOfKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A clients file as services/order/clients/clients-file.ts reads it, with clients that may send as much as they can. */
export function renderClients(clients: readonly { readonly id: string; readonly key: string }[]): string {
  const entries = clients.map(({ id, key }) => ({ id, keys: [digestOfKey(key)] }));
  return `${JSON.stringify({ clients: entries }, undefined, 2)}\n`;
}
