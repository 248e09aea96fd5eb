import { programs } from '../tools/programs.ts';
import { backendsOf, type ProxySpec, proxiesOf, variableOfEdge } from '../topology/derive/index.ts';
import {
  type EdgeSpec,
  edgeName,
  type ResourceSpec,
  type ServiceSpec,
  type Topology,
} from '../topology/model.ts';
import type { ImageName, StackConfig } from './config.ts';

/** A topology as one stack deploys it: everything that manifests are made from. */
export type Stack = {
  readonly name: string;
  readonly config: StackConfig;
  readonly topology: Topology;
  readonly proxies: readonly ProxySpec[];
  readonly images: Readonly<Record<ImageName, string>> & { readonly reloader?: string };
  readonly externalCalls: readonly ExternalCall[];
};

/** An edge to something outside the platform, in the place of a simulated service. */
export type ExternalCall = {
  readonly from: string;
  /** The environment variable by which the caller learns the URL. */
  readonly variable: string;
  readonly url: string;
  /** A Secret of the namespace whose keys the caller gets as environment variables. */
  readonly secret: string | undefined;
};

const servicesVersion = '0.1.0';
const version = (tool: keyof typeof programs) => programs[tool].build.version;

/** Where images come from unless a stack says otherwise: upstream's, at the versions that the local target runs, if it does. */
const defaultImages: Readonly<Record<ImageName, string>> = {
  services: `localhost/stormproof/services:${servicesVersion}`,
  nats: `docker.io/library/nats:${version('nats-server')}`,
  collector: `docker.io/otel/opentelemetry-collector-contrib:${version('otelcol')}`,
  jaeger: `docker.io/jaegertracing/jaeger:${version('jaeger')}`,
  prometheus: `docker.io/prom/prometheus:v${version('prometheus')}`,
  alertmanager: `docker.io/prom/alertmanager:v${version('alertmanager')}`,
  grafana: 'docker.io/grafana/grafana:12.4.10',
  toxiproxy: `ghcr.io/shopify/toxiproxy:${version('toxiproxy-server')}`,
};

/**
 * Applies a stack's configuration to a topology: replicas, fsync and failure domains are as the stack says, services
 * that stand in for something the stack has elsewhere are left out, and so are telemetry backends of its own.
 *
 * @throws Error for a proxied edge that cannot be proxied
 */
export function createStack(name: string, config: StackConfig, topology: Topology): Stack {
  const deployed = applyConfig(topology, config);
  const edges = config.chaos ? (config.proxiedEdges ?? defaultProxiedEdges(deployed)) : [];
  return {
    name,
    config,
    topology: deployed,
    proxies: proxiesOf(deployed, edges, 'kubernetes'),
    images: { ...defaultImages, ...definedOf(config.images) },
    externalCalls: topology.edges.flatMap((edge) => {
      const external = config.external[edge.to];
      if (external === undefined) return [];
      return [
        { from: edge.from, variable: variableOfEdge(edge), url: external.url, secret: external.secret },
      ];
    }),
  };
}

function applyConfig(topology: Topology, config: StackConfig): Topology {
  const { replicas, syncInterval, zones, external, telemetry } = config;
  const absent = new Set([...Object.keys(external), ...Object.keys(definedOf(telemetry))]);
  // Who would tell them?
  if (absent.has('prometheus')) absent.add('alertmanager');
  if (absent.has('alertmanager')) absent.add('alert-recorder');
  const brokers = {
    ...topology.brokers,
    replicas: replicas.nats ?? topology.brokers.replicas,
    isColocated: zones < 3,
    ...(syncInterval === undefined
      ? {}
      : { syncInterval: syncInterval as Topology['brokers']['syncInterval'] }),
  };
  const services = topology.services
    .filter((service) => !absent.has(service.name))
    .map((service) => ({
      ...service,
      replicas: { ...service.replicas, kubernetes: replicas[service.name] ?? service.replicas.kubernetes },
    }));
  const edges = topology.edges.filter((edge) => !absent.has(edge.to) && !absent.has(edge.from));
  return { ...topology, brokers, services, edges };
}

/** Every edge that orders travel inside the platform: telemetry is not worth the way. */
function defaultProxiedEdges(topology: Topology): readonly string[] {
  return topology.edges
    .filter(({ from, protocol }) => from !== 'client' && (protocol === 'http' || protocol === 'nats'))
    .filter((edge) => carriesOrders(topology, edge.from))
    .map(edgeName);
}

/**
 * Whether orders depend on a service: clients call it, or it publishes or consumes; or such a service calls it.
 */
export function carriesOrders(topology: Topology, service: string): boolean {
  const isDirect = (name: string) =>
    topology.consumers.some((consumer) => consumer.service === name) ||
    topology.edges.some(
      (edge) => (edge.from === 'client' && edge.to === name) || (edge.from === name && isPublishing(edge)),
    );
  return (
    isDirect(service) ||
    topology.edges.some((edge) => edge.to === service && edge.protocol === 'http' && isDirect(edge.from))
  );
}

function isPublishing(edge: EdgeSpec): boolean {
  return (edge.publishes ?? []).length > 0;
}

/** Whether a stack shows dashboards: it wants to, and there is a Prometheus to ask. */
export function hasGrafana(stack: Stack): boolean {
  return stack.config.grafana && hasPrometheus(stack);
}

/** Whether a stack has the page of the promises: it wants to, and there is a Prometheus to ask. */
export function hasPage(stack: Stack): boolean {
  return stack.config.sloPage && hasPrometheus(stack);
}

function hasPrometheus({ config, topology }: Stack): boolean {
  return config.telemetry.prometheus !== undefined || backendsOf(topology).includes('prometheus');
}

const defaultResources: ResourceSpec = { cpuMillis: 100, memoryMib: 256 };

const backendResources: Readonly<Record<string, ResourceSpec>> = {
  nats: { cpuMillis: 1_000, memoryMib: 1_024 },
  collector: { cpuMillis: 250, memoryMib: 512 },
  jaeger: { cpuMillis: 250, memoryMib: 1_024 },
  prometheus: { cpuMillis: 250, memoryMib: 1_024 },
  alertmanager: { cpuMillis: 50, memoryMib: 128 },
  grafana: { cpuMillis: 100, memoryMib: 512 },
  'slo-page': { cpuMillis: 50, memoryMib: 256 },
  toxiproxy: { cpuMillis: 250, memoryMib: 128 },
  'broker-reload': { cpuMillis: 20, memoryMib: 96 },
  load: { cpuMillis: 1_000, memoryMib: 512 },
  // The most that it may take for 5 million orders is 500 MB: loadtests/proofs.
  audit: { cpuMillis: 100, memoryMib: 768 },
};

/** What one instance of a service or backend may count on in a stack. */
export function resourcesOf(stack: Stack, name: string): ResourceSpec {
  const ours: ServiceSpec | undefined = stack.topology.services.find((service) => service.name === name);
  const base = ours?.resources ?? backendResources[name] ?? defaultResources;
  const { cpuMillis, memoryMib } = stack.config.resources[name] ?? {};
  return { cpuMillis: cpuMillis ?? base.cpuMillis, memoryMib: memoryMib ?? base.memoryMib };
}

function definedOf<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}
