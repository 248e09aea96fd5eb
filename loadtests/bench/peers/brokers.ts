import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type BrokerConfig, brokerLoginOf, loginOptions } from '../../../services/runtime/index.ts';

/**
 * Connects a peer to the brokers, plainly: it tries them for ever, and keeps no stack trace for each request, which would cost
 * more than the request and be the client's price, not the design's. The caller drains it.
 */
export function connectBrokers(brokers: BrokerConfig, name: string): Promise<NatsConnection> {
  return connect({
    ...loginOptions(brokerLoginOf(brokers)),
    servers: [...brokers.natsUrls],
    name,
    maxReconnectAttempts: -1,
    noAsyncTraces: true,
  });
}
