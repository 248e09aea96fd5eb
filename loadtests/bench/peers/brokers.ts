import { connect, type NatsConnection } from '@nats-io/transport-node';

/**
 * Connects a peer to the brokers, plainly: it tries them for ever, and keeps no stack trace for each request, which would cost
 * more than the request and be the client's price, not the design's. The caller drains it.
 */
export function connectBrokers(servers: readonly string[], name: string): Promise<NatsConnection> {
  return connect({ servers: [...servers], name, maxReconnectAttempts: -1, noAsyncTraces: true });
}
