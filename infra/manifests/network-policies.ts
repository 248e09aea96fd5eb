import type { LabelSelector } from 'kubernetes-types/meta/v1.d.ts';
import type {
  NetworkPolicyEgressRule,
  NetworkPolicyIngressRule,
  NetworkPolicyPeer,
} from 'kubernetes-types/networking/v1.d.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import {
  auditName,
  type Connection,
  clusterPort,
  connectionsOf,
  edgePort,
  grafanaService,
  loadPodsName,
  pageService,
} from '../../topology/kubernetes/index.ts';
import { hasGrafana, hasPage, type Stack } from '../stack.ts';
import { auditedServices, hasAudit } from './audit.ts';
import { selectorOf, stackLabels } from './labels.ts';
import { hasLoadPods } from './load.ts';
import type { Manifest, ManifestOfKind } from './manifest.ts';

/**
 * Who may connect to whom: nobody, but for name resolution and the connections that follow from the topology's edges,
 * a policy for each workload. Probes come from the node and port-forwards from inside the pod; neither needs a rule.
 */
export function networkPolicyManifests(stack: Stack): readonly Manifest[] {
  const connections = [
    ...connectionsOf(stack.topology, stack.proxies),
    ...grafanaConnections(stack),
    ...pageConnections(stack),
    ...auditConnections(stack),
    ...loadConnections(stack),
    ...outgoingConnections(stack),
  ];
  const workloads = new Set(connections.flatMap(({ from, to }) => [from, to]));
  return [
    policy(stack, 'default-deny', {}, { ingress: [], egress: [] }),
    policy(stack, 'allow-dns', {}, { egress: [nameResolution] }),
    ...[...workloads]
      .filter((name) => name !== 'client' && name !== outside)
      .map((name) => policyOf(stack, name, connections)),
  ];
}

/** Wherever something of the user's own is: the topology does not know. */
const outside = 'outside';

const nameResolution: NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: {
        matchExpressions: [{ key: 'k8s-app', operator: 'In', values: ['kube-dns', 'node-local-dns'] }],
      },
    },
    // What answers on the node itself has a link-local address: NodeLocal DNSCache, GKE's Cloud DNS.
    { ipBlock: { cidr: '169.254.0.0/16' } },
  ],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

/** Grafana asks the backends that it shows. */
function grafanaConnections(stack: Stack): readonly Connection[] {
  const { topology } = stack;
  if (!hasGrafana(stack)) return [];
  return backendsOf(topology)
    .filter((name) => name === 'prometheus' || name === 'jaeger')
    .map((to) => ({ from: grafanaService, to, port: clusterPort(topology, to, 'http') }));
}

/** The page asks those that the stack deploys; it comes to what the stack has elsewhere as everybody does. */
function pageConnections(stack: Stack): readonly Connection[] {
  const { topology } = stack;
  if (!hasPage(stack)) return [];
  return backendsOf(topology)
    .filter((name) => name === 'prometheus' || name === 'jaeger' || name === 'alertmanager')
    .map((to) => ({ from: pageService, to, port: clusterPort(topology, to, 'http') }));
}

/** The audit reads what everybody holds, past any proxy, and tells the Collector what it found. */
function auditConnections(stack: Stack): readonly Connection[] {
  const { topology } = stack;
  if (!hasAudit(stack)) return [];
  return [
    { from: auditName, to: 'nats', port: clusterPort(topology, 'nats', 'client') },
    ...auditedServices(stack).map((to) => ({
      from: auditName,
      to,
      port: clusterPort(topology, to, 'admin'),
    })),
    ...backendsOf(topology)
      .filter((name) => name === 'collector')
      .map((to) => ({ from: auditName, to, port: clusterPort(topology, to, 'otlp-http') })),
  ];
}

/** Whoever sends load from inside the cluster comes to what clients call. */
function loadConnections(stack: Stack): readonly Connection[] {
  const { topology } = stack;
  if (!hasLoadPods(stack)) return [];
  return topology.edges
    .filter(({ from }) => from === 'client')
    .map((edge) => ({ from: loadPodsName, to: edge.to, port: edgePort(topology, edge) }));
}

/** Connections to what the stack has elsewhere: a real provider, telemetry backends, whoever is told of alerts. */
function outgoingConnections(stack: Stack): readonly Connection[] {
  const { jaeger, prometheus, alertmanager } = stack.config.telemetry;
  const { alertWebhook } = stack.config;
  const calls = [
    ...stack.externalCalls,
    { from: 'collector', url: jaeger === undefined ? undefined : `http://${jaeger}` },
    { from: 'collector', url: prometheus },
    { from: 'prometheus', url: alertmanager },
    { from: grafanaService, url: hasGrafana(stack) ? prometheus : undefined },
    ...[prometheus, alertmanager].map((url) => ({
      from: pageService,
      url: hasPage(stack) ? url : undefined,
    })),
  ];
  return [
    ...calls.flatMap(({ from, url }) =>
      url === undefined ? [] : [{ from, to: outside, port: portOfUrl(url) }],
    ),
    ...(alertWebhook === undefined ? [] : [{ from: 'alertmanager', to: outside, port: alertWebhook.port }]),
  ];
}

function portOfUrl(text: string): number {
  const url = new URL(text);
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}

function policyOf(stack: Stack, name: string, connections: readonly Connection[]): Manifest {
  const ingress = connections.filter(({ to }) => to === name);
  const egress = connections.filter(({ from }) => from === name);
  return policy(
    stack,
    `allow-${name}`,
    { matchLabels: selectorOf(stack, name) },
    {
      ingress: grouped(ingress, ({ from }) => from).map(
        ([from, ports]): NetworkPolicyIngressRule => ({
          // An absent `from` is everybody.
          ...(from === 'client' ? {} : { from: [peer(stack, from)] }),
          ports,
        }),
      ),
      egress: grouped(egress, ({ to }) => to).map(
        ([to, ports]): NetworkPolicyEgressRule => ({
          ...(to === outside ? {} : { to: [peer(stack, to)] }),
          ports,
        }),
      ),
    },
  );
}

function peer(stack: Stack, name: string): NetworkPolicyPeer {
  return { podSelector: { matchLabels: selectorOf(stack, name) } };
}

/** Ports by the other side, in ascending order. */
function grouped(connections: readonly Connection[], other: (connection: Connection) => string) {
  const byOther = Map.groupBy(connections, other);
  return [...byOther].map(([name, group]) => {
    const numbers = [...new Set(group.map(({ port }) => port))].sort((a, b) => a - b);
    return [name, numbers.map((port) => ({ protocol: 'TCP', port }))] as const;
  });
}

function policy(
  stack: Stack,
  name: string,
  podSelector: LabelSelector,
  rules: { readonly ingress?: NetworkPolicyIngressRule[]; readonly egress?: NetworkPolicyEgressRule[] },
): ManifestOfKind['NetworkPolicy'] {
  const policyTypes = [
    ...(rules.ingress === undefined ? [] : ['Ingress']),
    ...(rules.egress === undefined ? [] : ['Egress']),
  ];
  const filled = Object.fromEntries(Object.entries(rules).filter(([, list]) => list.length > 0));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: stack.config.namespace, labels: stackLabels(stack) },
    spec: { podSelector, policyTypes, ...filled },
  };
}
