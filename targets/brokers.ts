import type { ConnectionOptions, NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { loginOptions } from '../services/runtime/broker-login.ts';
import { operatorUser } from '../topology/derive/index.ts';
import type { Addresses, Target } from './target.ts';

/** The part of a target by which its brokers are reached. */
export type BrokerTarget = { addresses(): Promise<Pick<Addresses, 'nats'>> } & Pick<Target, 'brokerLogin'>;

/**
 * Connects to a target's brokers, past any proxy. The caller closes it.
 *
 * @param options.user whom the brokers take this connection for; default the operator
 * @throws what the client throws when no broker lets it in
 */
export async function connectToBrokers(
  target: BrokerTarget,
  options: { readonly user?: string } & Pick<
    ConnectionOptions,
    'reconnect' | 'maxReconnectAttempts' | 'timeout'
  > = {},
): Promise<NatsConnection> {
  const { user = operatorUser, ...rest } = options;
  const { nats } = await target.addresses();
  const login = await target.brokerLogin?.(user);
  return connect({
    timeout: 5_000,
    ...rest,
    ...(login === undefined ? {} : loginOptions(login)),
    servers: [...nats],
    // Other addresses than the target's lead past how it reaches the brokers, or nowhere.
    ignoreClusterUpdates: true,
  });
}
