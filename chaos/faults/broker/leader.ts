import type { JetStreamManager } from '@nats-io/jetstream';
import { type Target, TargetError } from '../../../targets/target.ts';
import { askBrokers } from '../../core/brokers.ts';

/**
 * The broker instance that leads a stream now; an election that is under way is waited for.
 * @throws TargetError when it has no leader for 15 s, or no broker answers for so long
 */
export function streamLeader(target: Target, stream: string): Promise<string> {
  return askBrokers(target, (manager) => readLeader(manager, stream));
}

/** @throws TargetError `not-ready` when the stream has no leader at the moment */
export async function readLeader(manager: JetStreamManager, stream: string): Promise<string> {
  const leader = (await manager.streams.info(stream)).cluster?.leader;
  if (leader === undefined || leader === '') {
    throw new TargetError('not-ready', `the stream ${stream} has no leader`);
  }
  return leader;
}
