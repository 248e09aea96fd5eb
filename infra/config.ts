import { z } from 'zod';
import { isSourceUrl, withoutCredentials } from '../observability/page/config.ts';
import { backendsOf, isProxiable } from '../topology/derive/index.ts';
import { edgeName, type Topology } from '../topology/model.ts';

/** The prefix of this program's keys in a stack's configuration. */
const project = 'stormproof';

/** The configuration of a stack has problems; the message lists all of them, a line each. */
export class StackConfigError extends Error {
  override readonly name = 'StackConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the stack's configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/** Pulumi hands over everything that is not text as JSON; a stack file read directly has it as it is. */
function structured<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, schema);
}

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'expected lower-case letters, digits and hyphens');
const image = z.string().regex(/^\S+$/, 'expected an image reference without blanks');
const hostAndPort = z.string().regex(/^[^\s/:]+:\d{1,5}$/, 'expected host:port');
/** A base URL that is asked, and shown to whoever looks: its secret would be everybody's. */
const sourceUrl = z.string().refine(isSourceUrl, 'expected an http(s) URL without user and password');
const count = z.int().min(0).max(1_000);
const resources = z.strictObject({
  cpuMillis: z.int().min(10).max(256_000).optional(),
  memoryMib: z.int().min(32).max(4_194_304).optional(),
  /** For what keeps files: the size of the claim, or the most that rebuildable files may take. */
  storageGib: z.int().min(1).max(65_536).optional(),
});

/** Images that every stack that has the part needs, and that have defaults. */
const imageNames = [
  'services',
  'nats',
  'collector',
  'jaeger',
  'prometheus',
  'alertmanager',
  'grafana',
  'toxiproxy',
] as const;

const schema = z
  .strictObject({
    /** `production` carries real orders: chaos is refused there, and data outlives the stack. */
    environment: z.enum(['test', 'production']).default('test'),
    /** The stack's own: whatever else is in it can neither connect nor be connected to. */
    namespace: dnsLabel.default('stormproof'),
    createNamespace: structured(z.boolean()).default(true),
    /** Whether the brokers speak TLS, to each other and to whoever has a certificate; telemetry never has one. */
    tls: structured(z.boolean()).default(false),
    /** Whether the order API lets in only who has the key of a client; default: in production. */
    apiKeys: structured(z.boolean()).optional(),
    /** Whether edges pass through Toxiproxy. */
    chaos: structured(z.boolean()).default(false),
    /** Which edges do when `chaos` is on; default every edge that orders travel and that can be proxied. */
    proxiedEdges: structured(z.array(z.string())).optional(),
    /** Failure domains that the nodes are spread over; with 3 or more, each broker gets one of its own. */
    zones: structured(z.int().min(1).max(9)).default(1),
    /** When brokers fsync, if not as the topology says. */
    syncInterval: z
      .string()
      .regex(/^(always|\d+[sm])$/, 'expected always, or a time such as 10s or 2m')
      .optional(),
    storageClass: z.string().min(1).optional(),
    /** Whether the brokers' volumes are protected and outlive the stack; default: in production. */
    keepData: structured(z.boolean()).optional(),
    /** Instances, by service or `nats`. */
    replicas: structured(z.record(z.string(), count)).default({}),
    /** Up to how many instances a service is scaled automatically; a service not named here is not scaled. */
    replicasMax: structured(z.record(z.string(), count)).default({}),
    /** Whether the cluster has an adapter that serves Prometheus's metrics for scaling by consumer lag. */
    scaleByLag: structured(z.boolean()).default(false),
    /** By service or backend. */
    resources: structured(z.record(z.string(), resources)).default({}),
    /** Further environment variables, by service. */
    settings: structured(z.record(z.string(), z.record(z.string(), z.string()))).default({}),
    images: structured(
      z.strictObject({
        ...Object.fromEntries(imageNames.map((name) => [name, image.optional()])),
        /**
         * An image of the services that runs beside each broker and reloads its configuration without a restart. It may
         * be older than `services`; brokers are restarted when it changes. Default none: they are restarted for every
         * change of their configuration.
         */
        reloader: image.optional(),
      }),
    ).default({}),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
    imagePullSecrets: structured(z.array(dnsLabel)).default([]),
    /**
     * What stands in for a simulated service: its URL, and a Secret of the namespace whose keys its callers get as
     * environment variables. The Secret's content never passes through this program.
     */
    external: structured(
      z.record(
        z.string(),
        z.strictObject({ url: z.url({ protocol: /^https?$/ }), secret: dnsLabel.optional() }),
      ),
    ).default({}),
    /** Telemetry backends of your own, used instead of deploying some. */
    telemetry: structured(
      z.strictObject({
        /** `host:port` that takes OTLP by gRPC without TLS. */
        jaeger: hostAndPort.optional(),
        /** Base URL of a Prometheus that takes OTLP. */
        prometheus: sourceUrl.optional(),
        /** Base URL of an Alertmanager that the stack's Prometheus sends alerts to. */
        alertmanager: sourceUrl.optional(),
      }),
    ).default({}),
    /**
     * Where the stack's Alertmanager posts alerts to: a key of a Secret of the namespace whose value is the URL, and the
     * port of that URL, which the pod may then reach. Default: alerts are shown and sent to nobody.
     */
    alertWebhook: structured(
      z.strictObject({
        secret: dnsLabel,
        key: z.string().min(1).default('url'),
        port: z.int().min(1).max(65_535).default(443),
      }),
    ).optional(),
    /** How many times sooner than meant alerts fire and end, to try them in tests; default 1. */
    alertScale: structured(z.int().min(1).max(3_600)).default(1),
    /** Whether Grafana is deployed; default: unless Prometheus is your own. */
    grafana: structured(z.boolean()).optional(),
    /**
     * A key of a Secret of the namespace whose value is the password of Grafana's user `admin`. Default: Grafana's pod
     * makes one up, which can be read there.
     */
    grafanaAdmin: structured(
      z.strictObject({ secret: dnsLabel, key: z.string().min(1).default('admin-password') }),
    ).optional(),
    /** Whether the page is deployed that shows how the promises stand. */
    sloPage: structured(z.boolean()).default(true),
    /** Names that readers call that page by, of an Ingress for example; `localhost` and addresses are always known. */
    sloPageHosts: structured(
      z.array(
        z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'expected a host name in lower case'),
      ),
    ).default([]),
    /** How the service that clients call is reached from outside the cluster. */
    expose: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP'),
    /** Whether everything that the platform holds is audited again and again. */
    audit: structured(z.boolean()).default(true),
    /** How often; an audit reads everything that the streams hold. */
    auditMinutes: structured(z.int().min(1).max(59)).default(10),
    /** How often streams and consumers are compared with the topology and repaired. */
    reconcileMinutes: structured(z.int().min(1).max(59)).default(10),
  })
  .transform((config) => ({
    ...config,
    keepData: config.keepData ?? config.environment === 'production',
    apiKeys: config.apiKeys ?? config.environment === 'production',
    grafana: config.grafana ?? config.telemetry.prometheus === undefined,
  }));

/** What a stack decides; every key of `Pulumi.<stack>.yaml` with its default filled in. */
export type StackConfig = z.infer<typeof schema>;

export type ImageName = (typeof imageNames)[number];

/**
 * Reads a stack's configuration: keys of this project without their prefix, values as Pulumi hands them over (text, or
 * JSON as text) or as YAML has them.
 *
 * @throws StackConfigError with every problem: unknown keys, wrong values, names that the topology does not have, keys
 *   without use
 */
export function parseStackConfig(values: Readonly<Record<string, unknown>>, topology: Topology): StackConfig {
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    throw new StackConfigError(parsed.error.issues.flatMap((issue) => describe(issue, values)));
  }
  const problems = [...unknownNames(parsed.data, topology), ...uselessKeys(parsed.data, topology)];
  if (problems.length > 0) throw new StackConfigError(problems);
  return parsed.data;
}

function describe(issue: z.core.$ZodIssue, values: Readonly<Record<string, unknown>>): readonly string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${keyOf([...path, key])}: there is no such key`);
  }
  return [
    `${keyOf(path)}: found ${withoutCredentials(JSON.stringify(valueAt(values, path)) ?? 'nothing')}; ${issue.message}`,
  ];
}

function keyOf(path: readonly string[]): string {
  return `${project}:${path.join('.')}`;
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    const inner = typeof value === 'string' ? structuredText(value) : value;
    return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : inner;
  }, values);
}

function structuredText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Names in a configuration that nothing of the topology has. */
function unknownNames(config: StackConfig, topology: Topology): readonly string[] {
  const services = topology.services.map(({ name }) => name);
  const simulated = topology.services.filter(({ isSimulated }) => isSimulated).map(({ name }) => name);
  const workloads = [
    ...backendsOf(topology),
    'grafana',
    'slo-page',
    'toxiproxy',
    'provision',
    'broker-reload',
    'load',
    'audit',
    ...services,
  ];
  const check = (key: string, names: readonly string[], known: readonly string[]) =>
    names
      .filter((name) => !known.includes(name))
      .map((name) => `${keyOf([key])}: found ${JSON.stringify(name)}; expected one of ${known.join(', ')}`);
  return [
    ...check('replicas', Object.keys(config.replicas), ['nats', ...services]),
    ...check('replicasMax', Object.keys(config.replicasMax), services),
    ...check('resources', Object.keys(config.resources), workloads),
    ...check('settings', Object.keys(config.settings), services),
    ...check('external', Object.keys(config.external), simulated),
    ...check(
      'proxiedEdges',
      config.proxiedEdges ?? [],
      topology.edges.filter((edge) => isProxiable(edge, 'kubernetes')).map(edgeName),
    ),
  ];
}

/** Keys that say something about a part which the stack, by its other keys, does not deploy. */
function uselessKeys(config: StackConfig, topology: Topology): readonly string[] {
  const { telemetry, alertWebhook, grafana, grafanaAdmin, chaos, proxiedEdges, scaleByLag } = config;
  const { prometheus, alertmanager } = telemetry;
  const isAnyConsumerScaled = topology.consumers.some(
    ({ service }) => (config.replicasMax[service] ?? 0) > 0,
  );
  return [
    ...(prometheus !== undefined && alertmanager !== undefined
      ? [
          `${keyOf(['telemetry', 'alertmanager'])}: of no use where stormproof:telemetry.prometheus is your own`,
        ]
      : []),
    ...(alertWebhook !== undefined && (prometheus ?? alertmanager) !== undefined
      ? [`${keyOf(['alertWebhook'])}: of no use where the stack has no Alertmanager of its own`]
      : []),
    ...(config.alertScale > 1 && config.environment === 'production'
      ? [
          `${keyOf(['alertScale'])}: found ${config.alertScale}; alerts of real orders are as they are meant, 1`,
        ]
      : []),
    ...(grafanaAdmin !== undefined && !grafana
      ? [`${keyOf(['grafanaAdmin'])}: of no use where the stack has no Grafana`]
      : []),
    ...(config.sloPageHosts.length > 0 && !config.sloPage
      ? [`${keyOf(['sloPageHosts'])}: of no use without stormproof:sloPage`]
      : []),
    ...(proxiedEdges !== undefined && !chaos
      ? [`${keyOf(['proxiedEdges'])}: of no use without stormproof:chaos`]
      : []),
    ...(scaleByLag && !isAnyConsumerScaled
      ? [`${keyOf(['scaleByLag'])}: of no use where stormproof:replicasMax names no service that consumes`]
      : []),
  ];
}
