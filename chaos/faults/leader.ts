import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type Target, TargetError } from '../../targets/target.ts';

/**
 * The broker instance that leads a stream now.
 * @throws TargetError when the stream has no leader, or no broker answers
 */
export async function streamLeader(target: Target, stream: string): Promise<string> {
  const { nats } = await target.addresses();
  const connection = await connect({ servers: [...nats], timeout: 5_000, maxReconnectAttempts: 3 });
  try {
    const manager = await jetstreamManager(connection, { timeout: 5_000 });
    const leader = (await manager.streams.info(stream)).cluster?.leader;
    if (leader === undefined || leader === '') {
      throw new TargetError('not-ready', `the stream ${stream} has no leader`);
    }
    return leader;
  } finally {
    await connection.close();
  }
}
