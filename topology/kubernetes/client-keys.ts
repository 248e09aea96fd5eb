/** The Secret that says who may use the order API, and the key of its content: a clients file. */
export const orderClients = { secret: 'order-clients', file: 'clients.json' } as const;

/** Where the key of a client of Stormproof itself is: a Secret that no pod mounts, and the key of its content. */
export function clientKeyOf(client: string): { readonly secret: string; readonly key: string } {
  return { secret: `order-client-${client}`, key: 'client.key' };
}
