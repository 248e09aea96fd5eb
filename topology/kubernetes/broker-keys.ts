/** Where the keys of a user of the brokers are in its namespace: a Secret, and the keys of its content. */
export type BrokerKeysPlace = { readonly secret: string; readonly seed: string; readonly publicKeys: string };

export function brokerKeysOf(user: string): BrokerKeysPlace {
  return { secret: `broker-user-${user}`, seed: 'user.nk', publicKeys: 'user.conf' };
}
