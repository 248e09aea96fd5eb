import { connect } from '@nats-io/transport-node';
import { loginOptions } from '../services/runtime/broker-login.ts';
import { inboxPrefixOf } from '../topology/derive/index.ts';
import { TargetError } from './target.ts';

/** One broker, as this process reaches it. */
export type BrokerDoor = {
  readonly name: string;
  /** `nats://host:port` of its clients. */
  readonly url: string;
  /** Base URL of its monitoring endpoint. */
  readonly monitor: string;
};

/** What somebody shows to be let in. Secret. */
export type Credentials = {
  readonly user: string;
  /** An nkey seed. */
  readonly seed: Uint8Array;
  /** PEM; `ca` is whom the broker's own certificate must be by. Absent where brokers speak no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string } | undefined;
};

/** A connection that a broker has, by its own account. */
export type BrokerConnection = {
  /** The public key that it was let in by. */
  readonly key: string;
  /** SHA-256 of its certificate, lower-case hex; undefined without TLS. */
  readonly certificate: string | undefined;
};

const timeoutMs = 5_000;

/**
 * Whether a broker lets somebody in now.
 * @returns undefined when it does, else why it does not: it may refuse the credentials, or not be there
 */
export async function whyShut({ url }: BrokerDoor, credentials: Credentials): Promise<string | undefined> {
  const { user, seed, tls } = credentials;
  try {
    const connection = await connect({
      ...loginOptions({
        inboxPrefix: inboxPrefixOf(user),
        seed: () => seed,
        ...(tls === undefined ? {} : { tls }),
      }),
      servers: url,
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: timeoutMs,
    });
    await connection.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The connections of a broker.
 * @throws TargetError `not-ready` when it does not answer
 */
export async function readConnections({ name, monitor }: BrokerDoor): Promise<readonly BrokerConnection[]> {
  const { connections = [] } = (await ask(name, `${monitor}/connz?auth=true&limit=4096`)) as {
    readonly connections?: readonly {
      readonly authorized_user?: string;
      readonly tls_peer_certs?: readonly { readonly cert_sha256: string }[];
    }[];
  };
  return connections.map(({ authorized_user: key = '', tls_peer_certs: certificates }) => ({
    key,
    certificate: certificates?.[0]?.cert_sha256,
  }));
}

async function ask(name: string, url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return await response.json();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TargetError('not-ready', `the broker ${name} does not answer: ${why}`, { cause });
  }
}
