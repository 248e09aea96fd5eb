import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Target } from '../../targets/target.ts';

/** Uses a connection to a target's brokers, past any proxy, and closes it. */
export async function withBrokers<T>(
  target: Target,
  use: (connection: NatsConnection, manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const { nats } = await target.addresses();
  const connection = await connect({ servers: [...nats], ignoreClusterUpdates: true, timeout: 5_000 });
  try {
    return await use(connection, await jetstreamManager(connection, { checkAPI: false, timeout: 5_000 }));
  } finally {
    await connection.close();
  }
}
