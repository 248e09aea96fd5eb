/** Where somebody who speaks TLS to the brokers, or a broker itself, finds its certificate: absolute paths, PEM. */
export type TlsFiles = {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authorities whose certificates are believed. */
  readonly caFile: string;
};

/**
 * The block of a broker's configuration by which it speaks TLS to nobody who has no certificate of the authority: for
 * clients at the top level, for the other brokers within the `cluster` block.
 */
export function renderBrokerTls({ certFile, keyFile, caFile }: TlsFiles): readonly string[] {
  return [
    'tls {',
    `  cert_file: ${JSON.stringify(certFile)}`,
    `  key_file: ${JSON.stringify(keyFile)}`,
    `  ca_file: ${JSON.stringify(caFile)}`,
    '  verify: true',
    // Longer than the time that a client waits for its answer on a slow edge.
    '  timeout: 10',
    '}',
  ];
}
