/**
 * What a stack consists of, as plain Kubernetes objects: a file for each part, pure functions from the stack to
 * manifests. The Pulumi components create them, `render` writes them, preflight's rules read them.
 */
import { backendsOf } from '../../topology/derive/index.ts';
import type { BackendName } from '../../topology/model.ts';
import type { Stack } from '../stack.ts';
import { alertmanagerManifests } from './alertmanager.ts';
import { auditManifests } from './audit.ts';
import { brokerCertificateManifests } from './broker-certificates.ts';
import { brokerUserManifests } from './broker-users.ts';
import { clientKeyManifests } from './client-keys.ts';
import { collectorManifests } from './collector.ts';
import { grafanaManifests } from './grafana.ts';
import { jaegerManifests } from './jaeger.ts';
import { loadManifests } from './load.ts';
import type { Manifest } from './manifest.ts';
import { namespaceManifests } from './namespace.ts';
import { natsManifests } from './nats.ts';
import { networkPolicyManifests } from './network-policies.ts';
import { pageManifests } from './page.ts';
import { platformManifests } from './platform.ts';
import { prometheusManifests } from './prometheus.ts';
import { provisionManifests } from './provision.ts';
import { serviceManifests } from './service.ts';
import { toxiproxyManifests } from './toxiproxy.ts';

export { isWorkload, type Kind, type Manifest, type ManifestOfKind, podSpecOf } from './manifest.ts';

/** Manifests that belong together, in the order in which they are of use. */
export type Part = { readonly name: string; readonly manifests: readonly Manifest[] };

const backends: Readonly<Record<BackendName, (stack: Stack) => readonly Manifest[]>> = {
  nats: natsManifests,
  collector: collectorManifests,
  jaeger: jaegerManifests,
  prometheus: prometheusManifests,
  alertmanager: alertmanagerManifests,
};

/** Every part of a stack; parts that the stack does without are left out. */
export function partsOf(stack: Stack): readonly Part[] {
  const parts: readonly Part[] = [
    { name: 'namespace', manifests: namespaceManifests(stack) },
    { name: 'network-policies', manifests: networkPolicyManifests(stack) },
    { name: 'broker-users', manifests: brokerUserManifests(stack) },
    { name: 'client-keys', manifests: clientKeyManifests(stack) },
    { name: 'broker-certificates', manifests: brokerCertificateManifests(stack) },
    ...backendsOf(stack.topology).map((name) => ({ name, manifests: backends[name](stack) })),
    { name: 'grafana', manifests: grafanaManifests(stack) },
    { name: 'slo-page', manifests: pageManifests(stack) },
    { name: 'provision', manifests: provisionManifests(stack) },
    { name: 'toxiproxy', manifests: toxiproxyManifests(stack) },
    ...stack.topology.services.map(({ name }) => ({ name, manifests: serviceManifests(stack, name) })),
    { name: 'audit', manifests: auditManifests(stack) },
    { name: 'load', manifests: loadManifests(stack) },
    { name: 'platform', manifests: platformManifests(stack) },
  ];
  return parts.filter(({ manifests }) => manifests.length > 0);
}
