import { nkeys } from '@nats-io/nats-core';
import { renderBrokerKeys } from '../topology/derive/index.ts';
import { brokerKeysOf } from '../topology/kubernetes/index.ts';

/** Makes a key for a user: the content of its Secret. The second key is one whose seed nobody has. */
export function createBrokerKeys(user: string): Readonly<Record<string, string>> {
  const { seed, publicKeys } = brokerKeysOf(user);
  const own = nkeys.createUser();
  const spare = nkeys.createUser().getPublicKey();
  return {
    [seed]: Buffer.from(own.getSeed()).toString('latin1'),
    [publicKeys]: renderBrokerKeys(user, [own.getPublicKey(), spare]),
  };
}
