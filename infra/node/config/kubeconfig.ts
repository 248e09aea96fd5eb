/** A configuration of a client of the API server, as JSON, which YAML readers take. Certificates are inside it. */
export function renderKubeconfig(options: {
  readonly cluster: string;
  readonly server: string;
  /** PEM, as the two below. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}): string {
  const { cluster, server } = options;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: cluster, cluster: { server, 'certificate-authority-data': base64(options.authority) } },
    ],
    users: [
      {
        name: cluster,
        user: {
          'client-certificate-data': base64(options.certificate),
          'client-key-data': base64(options.key),
        },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user: cluster } }],
    'current-context': cluster,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
