import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type BrokerConfig, brokerLoginOf, loginOptions, watchLogin } from './broker-login.ts';
import type { Log } from './log.ts';
import type { Readiness } from './readiness.ts';

/**
 * Connects to the brokers and stays connected: it tries the given servers for ever, one second apart, and reports
 * under `nats` whether it is connected now.
 *
 * The client ignores servers that the cluster gossips, so that it stays behind the proxies it was given. It keeps no
 * stack trace per request, which would cost more than the request.
 *
 * A key that the brokers refuse is tried again like a broker that is down: keys change while services run.
 */
export async function connectNats(options: {
  readonly brokers: BrokerConfig;
  /** Shown by the brokers' monitoring: the instance's name. */
  readonly name: string;
  readonly log: Log;
  readonly readiness: Readiness;
}): Promise<NatsConnection> {
  const { natsUrls } = options.brokers;
  options.readiness.lack('nats', `connecting to ${natsUrls.join(', ')}`);
  const connection = await connect({
    ...loginOptions(brokerLoginOf(options.brokers)),
    servers: [...natsUrls],
    name: options.name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 1_000,
    reconnectJitter: 100,
    waitOnFirstConnect: true,
    ignoreClusterUpdates: true,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    timeout: 2_000,
    pingInterval: 5_000,
    maxPingOut: 2,
  });
  options.readiness.have('nats');
  void reportStatus(connection, options.log, options.readiness);
  const closed = new AbortController();
  void connection.closed().then(() => closed.abort());
  void watchLogin(
    options.brokers,
    () => {
      options.log.info('the key for the brokers has changed; connecting by the new one');
      void connection.reconnect();
    },
    closed.signal,
  );
  return connection;
}

/** Ends when the connection closes. */
async function reportStatus(connection: NatsConnection, log: Log, readiness: Readiness): Promise<void> {
  for await (const status of connection.status()) {
    switch (status.type) {
      case 'disconnect':
        readiness.lack('nats', 'disconnected, reconnecting');
        log.warn({ server: status.server }, 'disconnected from the broker');
        break;
      case 'reconnect':
        readiness.have('nats');
        log.info({ server: status.server }, 'connected to a broker again');
        break;
      case 'error':
        log.warn({ error: status.error }, 'the broker connection reported an error');
        break;
      default:
    }
  }
}
