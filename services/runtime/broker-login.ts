import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, nkeyAuthenticator, type TlsOptions } from '@nats-io/nats-core';
import { ConfigError, field } from './config.ts';
import { delay } from './retry.ts';

/** How a client of the brokers is let in. */
export type BrokerLogin = {
  /** The only prefix of inboxes that its user may subscribe to. */
  readonly inboxPrefix: string;
  /** Its key, an nkey seed: read anew for each connection, so that it may change. Absent: the brokers ask for none. */
  readonly seed?: () => Uint8Array;
  /** By which it speaks TLS; files are read anew for each connection. Absent: the brokers do not ask for it. */
  readonly tls?: TlsOptions;
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
  /** All three or none: the certificate, its key, and the authorities whose certificates are believed. */
  natsCertFile: field.optionalText('STORMPROOF_NATS_CERT_FILE'),
  natsKeyFile: field.optionalText('STORMPROOF_NATS_KEY_FILE'),
  natsCaFile: field.optionalText('STORMPROOF_NATS_CA_FILE'),
};

/** What {@link brokerFields} say. */
export type BrokerConfig = {
  readonly natsUrls: readonly string[];
  readonly natsInboxPrefix: string;
  readonly natsNkeyFile: string | undefined;
  readonly natsCertFile: string | undefined;
  readonly natsKeyFile: string | undefined;
  readonly natsCaFile: string | undefined;
};

/** @throws ConfigError when a certificate, its key and the authorities are not all named: it would speak in the clear */
export function brokerLoginOf(config: BrokerConfig): BrokerLogin {
  const { natsInboxPrefix, natsNkeyFile } = config;
  const tls = tlsOf(config);
  return {
    inboxPrefix: natsInboxPrefix,
    ...(natsNkeyFile === undefined ? {} : { seed: () => readSeed(natsNkeyFile) }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsOf({ natsCertFile, natsKeyFile, natsCaFile }: BrokerConfig): TlsOptions | undefined {
  if (natsCertFile !== undefined && natsKeyFile !== undefined && natsCaFile !== undefined) {
    return { certFile: natsCertFile, keyFile: natsKeyFile, caFile: natsCaFile };
  }
  const files = { natsCertFile, natsKeyFile, natsCaFile };
  const missing = (Object.keys(files) as (keyof typeof files)[]).filter((name) => files[name] === undefined);
  if (missing.length === Object.keys(files).length) return undefined;
  throw new ConfigError(
    missing.map(
      (name) => `${brokerFields[name].key}: missing, expected a file, as the others of TLS are named`,
    ),
  );
}

/**
 * Reads an nkey seed from a file that holds nothing else.
 * @throws when there is no such file
 */
export function readSeed(path: string): Uint8Array {
  return Buffer.from(readFileSync(path, 'latin1').trim(), 'latin1');
}

const lookMs = 2_000;

/**
 * Calls back when a login's key or certificate has become another one, and again with each change, until the signal aborts.
 * Files are looked at in rounds: a volume of a cluster changes by a link that is exchanged, of which watchers hear nothing.
 */
export async function watchLogin(
  { natsNkeyFile, natsCertFile }: Pick<BrokerConfig, 'natsNkeyFile' | 'natsCertFile'>,
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  const files = [natsNkeyFile, natsCertFile].filter((file) => file !== undefined);
  const look = async () => {
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    return texts.join('\n');
  };
  let last: string | undefined;
  while (!signal.aborted && files.length > 0) {
    try {
      const now = await look();
      if (last !== undefined && now !== last) onChange();
      last = now;
    } catch {
      // A file that is just being exchanged is there in the next round.
    }
    await delay(lookMs, signal);
  }
}

/** The part of a connection's options that lets it in. */
export function loginOptions({ inboxPrefix, seed, tls }: BrokerLogin): ConnectionOptions {
  return {
    inboxPrefix,
    ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(seed) }),
    ...(tls === undefined ? {} : { tls }),
  };
}
