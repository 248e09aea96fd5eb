import type { ConsumerSpec, StreamSpec } from '../model.ts';

const nanosecondsPerMs = 1_000_000;

/** A stream as the JetStream API takes it; durations in nanoseconds. */
export type JetStreamStream = {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: 'limits';
  readonly storage: 'file' | 'memory';
  readonly discard: 'new' | 'old';
  readonly num_replicas: number;
  readonly max_bytes: number;
  readonly max_age: number;
  readonly duplicate_window: number;
  readonly allow_direct: false;
};

/** A durable pull consumer as the JetStream API takes it; durations in nanoseconds. */
export type JetStreamConsumer = {
  readonly durable_name: string;
  readonly ack_policy: 'explicit';
  readonly deliver_policy: 'all';
  readonly replay_policy: 'instant';
  readonly ack_wait: number;
  readonly max_deliver: number;
  readonly max_ack_pending: number;
};

/**
 * Direct gets stay off: any replica would answer them, also one that has not caught up.
 */
export function streamConfig(stream: StreamSpec): JetStreamStream {
  return {
    name: stream.name,
    subjects: stream.subjects,
    retention: 'limits',
    storage: stream.storage,
    discard: stream.discard,
    num_replicas: stream.replicas,
    max_bytes: stream.maxBytes,
    max_age: stream.maxAgeMs * nanosecondsPerMs,
    duplicate_window: stream.duplicateWindowMs * nanosecondsPerMs,
    allow_direct: false,
  };
}

export function consumerConfig(consumer: ConsumerSpec): JetStreamConsumer {
  return {
    durable_name: consumer.name,
    ack_policy: 'explicit',
    deliver_policy: 'all',
    replay_policy: 'instant',
    ack_wait: consumer.ackWaitMs * nanosecondsPerMs,
    max_deliver: consumer.maxDeliver,
    max_ack_pending: consumer.maxAckPending,
  };
}
