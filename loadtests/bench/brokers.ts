import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { connectToBrokers } from '../../targets/brokers.ts';
import type { Target } from '../../targets/target.ts';

/** Uses a connection to a target's brokers, past any proxy, and closes it. */
export async function withBrokers<T>(
  target: Target,
  use: (connection: NatsConnection, manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const connection = await connectToBrokers(target);
  try {
    return await use(connection, await jetstreamManager(connection, { checkAPI: false, timeout: 5_000 }));
  } finally {
    await connection.close();
  }
}
