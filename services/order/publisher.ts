import type { JetStreamClient } from '@nats-io/jetstream';
import { names } from '../../topology/platform.ts';
import { publishOnce, type RemoteError } from '../runtime/index.ts';
import type { PublishGroup } from './group-commit.ts';

/** Makes the part that stores a group: the composition root can pass another one. */
export type CreatePublisher = (
  client: JetStreamClient,
  onRetry: (error: RemoteError) => void,
) => PublishGroup;

/** Stores a group on the orders stream: up to three tries under one message id, each waiting for its PubAck. */
export const createPublisher: CreatePublisher = (client, onRetry) => async (payload, messageId) => {
  const ack = await publishOnce(client, names.ordersSubject, payload, { messageId, onRetry });
  return ack.seq;
};
