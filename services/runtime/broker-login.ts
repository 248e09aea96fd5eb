import { readFileSync } from 'node:fs';
import { type ConnectionOptions, nkeyAuthenticator } from '@nats-io/nats-core';
import { field } from './config.ts';

/** How a client of the brokers is let in. */
export type BrokerLogin = {
  /** The only prefix of inboxes that its user may subscribe to. */
  readonly inboxPrefix: string;
  /** Its key, an nkey seed: read anew for each connection, so that it may change. Absent: the brokers ask for none. */
  readonly seed?: () => Uint8Array;
};

/** Settings by which a service finds the brokers and is let in. */
export const brokerFields = {
  natsUrls: field.urls('STORMPROOF_NATS_URL', 'nats'),
  natsInboxPrefix: field.text('STORMPROOF_NATS_INBOX_PREFIX', {
    expected: 'a subject without wildcards',
    fallback: '_INBOX',
  }),
  /** The key is in a file, not in the environment, which other programs of the same user can read. */
  natsNkeyFile: field.optionalText('STORMPROOF_NATS_NKEY_FILE'),
};

/** What {@link brokerFields} say. */
export type BrokerConfig = {
  readonly natsUrls: readonly string[];
  readonly natsInboxPrefix: string;
  readonly natsNkeyFile: string | undefined;
};

export function brokerLoginOf({ natsInboxPrefix, natsNkeyFile }: BrokerConfig): BrokerLogin {
  return {
    inboxPrefix: natsInboxPrefix,
    ...(natsNkeyFile === undefined ? {} : { seed: () => readSeed(natsNkeyFile) }),
  };
}

/**
 * Reads an nkey seed from a file that holds nothing else.
 * @throws when there is no such file
 */
export function readSeed(path: string): Uint8Array {
  return Buffer.from(readFileSync(path, 'latin1').trim(), 'latin1');
}

/** The part of a connection's options that lets it in. */
export function loginOptions({ inboxPrefix, seed }: BrokerLogin): ConnectionOptions {
  return { inboxPrefix, ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(seed) }) };
}
