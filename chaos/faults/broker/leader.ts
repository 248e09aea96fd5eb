import { jetstreamManager } from '@nats-io/jetstream';
import { type Target, TargetError } from '../../../targets/target.ts';
import { withBrokers } from '../../core/brokers.ts';

/**
 * The broker instance that leads a stream now.
 * @throws TargetError when the stream has no leader, or no broker answers
 */
export async function streamLeader(target: Target, stream: string): Promise<string> {
  return withBrokers(target, { reconnectsMax: 3 }, async (connection) => {
    const manager = await jetstreamManager(connection, { timeout: 5_000 });
    const leader = (await manager.streams.info(stream)).cluster?.leader;
    if (leader === undefined || leader === '') {
      throw new TargetError('not-ready', `the stream ${stream} has no leader`);
    }
    return leader;
  });
}
