import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import type { Target } from '../../targets/target.ts';

/**
 * Uses a connection to a target's brokers, past any proxy, and closes it.
 *
 * @param options.reconnectsMax tries per broker when the connection breaks meanwhile; -1 tries for ever
 * @throws when no broker answers from the start, or what `use` throws
 */
export async function withBrokers<T>(
  target: Target,
  options: { readonly reconnectsMax: number },
  use: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const { nats } = await target.addresses();
  const connection = await connect({
    servers: [...nats],
    timeout: 5_000,
    maxReconnectAttempts: options.reconnectsMax,
    // Other addresses than the target's lead past how it reaches the brokers, or nowhere.
    ignoreClusterUpdates: true,
  });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
