/** Where somebody who speaks TLS to the brokers, or a broker itself, finds its certificate: absolute paths, PEM. */
export type TlsFiles = {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authorities whose certificates are believed. */
  readonly caFile: string;
};

/** The name of the certificate by which the brokers know each other, and others know them. */
export const brokersCertificate = 'brokers';

/** A certificate that the brokers take part in: {@link TlsFiles} hold one. */
export type BrokerCertificate = {
  readonly name: string;
  readonly usages: readonly ('clientAuth' | 'serverAuth')[];
  readonly altNames?: readonly string[];
  /** For how many days it is good, where the place that makes it has no default of its own. */
  readonly days?: number;
};

/**
 * The certificates of a platform whose brokers speak TLS: one for them, and one for each user.
 *
 * @param names by which the brokers are reached, as OpenSSL spells them: `DNS:nats`, `IP:127.0.0.1`
 */
export function brokerCertificatesOf(
  users: readonly string[],
  names: readonly string[],
): readonly BrokerCertificate[] {
  return [
    // A broker is the client of another one's route.
    { name: brokersCertificate, usages: ['serverAuth', 'clientAuth'], altNames: names },
    ...users.map((name): BrokerCertificate => ({ name, usages: ['clientAuth'] })),
  ];
}

/**
 * The block of a broker's configuration by which it speaks TLS to nobody who has no certificate of the authority: for
 * clients at the top level, for the other brokers within the `cluster` block.
 *
 * @param options.areNamesKnown whether the certificate must also be for a name to which a route leads, which none of a user is;
 *   for the `cluster` block only
 */
export function renderBrokerTls(
  { certFile, keyFile, caFile }: TlsFiles,
  { areNamesKnown = false }: { readonly areNamesKnown?: boolean | undefined } = {},
): readonly string[] {
  return [
    'tls {',
    `  cert_file: ${JSON.stringify(certFile)}`,
    `  key_file: ${JSON.stringify(keyFile)}`,
    `  ca_file: ${JSON.stringify(caFile)}`,
    areNamesKnown ? '  verify_cert_and_check_known_urls: true' : '  verify: true',
    // Longer than the time that a client waits for its answer on a slow edge.
    '  timeout: 10',
    '}',
  ];
}
