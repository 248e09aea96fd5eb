import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layout, network } from './layout.ts';
import { runSystemProgram } from './system.ts';

/** A certificate, what it is for, and to whom. Whoever has its key is that user or server. */
export type Identity = {
  /** Of the files `<name>.crt` and `<name>.key`. */
  readonly name: string;
  /** As `openssl -subj` takes it: O is the Kubernetes group, CN the user. */
  readonly subject: string;
  readonly usage: 'clientAuth' | 'serverAuth';
  readonly altNames?: readonly string[];
};

/**
 * Everybody who speaks to the API server or is spoken to. Users and groups are those that Kubernetes gives their
 * rights to by itself (kubernetes.io: PKI certificates and requirements; RBAC, core component roles).
 */
export function identitiesOf(node: string): readonly Identity[] {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  return [
    {
      name: 'apiserver',
      subject: '/CN=kube-apiserver',
      usage: 'serverAuth',
      altNames: [
        ...['127.0.0.1', network.nodeIp, network.apiServiceIp].map((address) => `IP:${address}`),
        ...['localhost', ...service, 'kubernetes.default.svc.cluster.local'].map((name) => `DNS:${name}`),
      ],
    },
    {
      name: 'kubelet-server',
      subject: `/CN=${node}`,
      usage: 'serverAuth',
      altNames: [`IP:${network.nodeIp}`, `DNS:${node}`],
    },
    { name: 'admin', subject: '/O=system:masters/CN=admin', usage: 'clientAuth' },
    { name: 'apiserver-to-kubelet', subject: '/O=system:masters/CN=kube-apiserver', usage: 'clientAuth' },
    { name: 'scheduler', subject: '/CN=system:kube-scheduler', usage: 'clientAuth' },
    { name: 'proxy', subject: '/CN=system:kube-proxy', usage: 'clientAuth' },
    { name: 'kubelet', subject: `/O=system:nodes/CN=system:node:${node}`, usage: 'clientAuth' },
  ];
}

/** Without the settings of the machine's openssl.cnf, which would make an authority of every certificate. */
const bareConfig = '[req]\ndistinguished_name=name\n[name]\n';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '365'];

/** Makes an authority (`ca`), what it certifies, and the key pair that signs service accounts' tokens (`sa`). */
export async function createPki(layout: Layout, signal?: AbortSignal): Promise<void> {
  await mkdir(layout.pki, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(layout.pki, name);
  const openssl = (...args: string[]) => runSystemProgram(['openssl', ...args], { signal });
  const config = file('openssl.cnf');
  await writeFile(config, bareConfig);
  const request = (name: string, subject: string, extensions: readonly string[]) => [
    ...['req', '-x509', '-config', config, ...newKey, '-subj', subject],
    ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
    ...extensions.flatMap((extension) => ['-addext', extension]),
  ];
  await openssl(
    ...request('ca', '/CN=stormproof-node', [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=critical,keyCertSign,cRLSign',
    ]),
  );
  await Promise.all([
    ...identitiesOf(layout.name).map((identity) =>
      openssl(
        ...request(identity.name, identity.subject, extensionsOf(identity)),
        ...['-CA', file('ca.crt'), '-CAkey', file('ca.key')],
      ),
    ),
    openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', file('sa.key')),
  ]);
  await openssl('pkey', '-in', file('sa.key'), '-pubout', '-out', file('sa.pub'));
}

function extensionsOf({ usage, altNames }: Identity): readonly string[] {
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    `extendedKeyUsage=${usage}`,
    ...(altNames === undefined ? [] : [`subjectAltName=${altNames.join(',')}`]),
  ];
}
