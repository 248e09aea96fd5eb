import type { VolumeProjection } from 'kubernetes-types/core/v1.d.ts';
import type { TlsFiles } from '../../topology/derive/index.ts';
import {
  brokerAuthority,
  brokerCertificateOf,
  clusterCertificatesOf,
} from '../../topology/kubernetes/index.ts';
import type { Stack } from '../stack.ts';
import { stackLabels } from './labels.ts';
import type { ManifestOfKind } from './manifest.ts';

/**
 * The Secrets of a stack whose brokers speak TLS: the authority, and each certificate with its key. As those of the users'
 * keys they are filled when they are made (components/broker-certificates.ts).
 */
export function brokerCertificateManifests(stack: Stack): readonly ManifestOfKind['Secret'][] {
  const { config, topology } = stack;
  if (!config.tls) return [];
  const secrets = clusterCertificatesOf(topology, config.namespace).map(
    ({ name }) => brokerCertificateOf(name).secret,
  );
  return [brokerAuthority.secret, ...secrets].map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: config.namespace,
      labels: { ...stackLabels(stack), 'app.kubernetes.io/component': 'broker' },
    },
    type: 'Opaque',
  }));
}

/** A certificate as sources of a projected volume; none where the brokers speak no TLS. */
export function certificateSources(stack: Stack, name: string): VolumeProjection[] {
  if (!stack.config.tls) return [];
  const { secret, cert, key, ca } = brokerCertificateOf(name);
  return [{ secret: { name: secret, items: [cert, key, ca].map((item) => fileOf(item)) } }];
}

const fileOf = (key: string) => ({ key, path: key, mode: 0o440 });

/** Where a container finds the certificate that {@link certificateSources} puts into a directory. */
export function certificateFiles(stack: Stack, name: string, directory: string): TlsFiles | undefined {
  if (!stack.config.tls) return undefined;
  const { cert, key, ca } = brokerCertificateOf(name);
  return { certFile: `${directory}/${cert}`, keyFile: `${directory}/${key}`, caFile: `${directory}/${ca}` };
}
