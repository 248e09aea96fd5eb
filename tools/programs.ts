/**
 * The external programs Stormproof runs, and what each is built from. A version is raised here and in the `go.mod`
 * of the build's folder under `modules/`; everything else follows from this table.
 */

/** One Go module's build: a folder `modules/<name>` with pinned `go.mod` and `go.sum`, and how to call the compiler. */
export type Build = {
  readonly name: string;
  /** The version that the built programs report. */
  readonly version: string;
  /** Go package of each program that this build makes, by program name. */
  readonly packages: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** Go variable that takes the version at link time, where the sources hold only a placeholder. */
  readonly versionVariable?: string;
  /** What a build from cold took on two cores, in seconds: for progress display and longest-first order only. */
  readonly typicalSeconds: number;
};

export type Program = {
  readonly name: ToolName;
  readonly build: Build;
  /** Arguments that make the program print its version and end. */
  readonly versionArgs: readonly string[];
  /** First capture is the version without a leading `v`. */
  readonly versionPattern: RegExp;
  /** Environment variable whose value, a path, is used instead of looking any further. */
  readonly overrideVariable: string;
  /** Where programs of this name and version differ: a listing that must name every one of `expected`. */
  readonly contents?: { readonly args: readonly string[]; readonly expected: readonly string[] };
};

export type ToolName =
  | 'nats-server'
  | 'toxiproxy-server'
  | 'k6'
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'
  | 'jaeger'
  | 'otelcol';

const natsServer: Build = {
  name: 'nats-server',
  version: '2.14.5',
  packages: { 'nats-server': 'github.com/nats-io/nats-server/v2' },
  tags: [],
  typicalSeconds: 50,
};

const toxiproxy: Build = {
  name: 'toxiproxy',
  version: '2.12.0',
  packages: { 'toxiproxy-server': 'github.com/Shopify/toxiproxy/v2/cmd/server' },
  tags: [],
  versionVariable: 'github.com/Shopify/toxiproxy/v2.Version',
  typicalSeconds: 18,
};

const k6: Build = {
  name: 'k6',
  version: '2.2.0',
  packages: { k6: 'go.k6.io/k6/v2' },
  tags: [],
  typicalSeconds: 120,
};

/** Released as Go module v0.314.0. The tags leave out the service discoveries of every cloud but Kubernetes and DNS. */
const prometheus: Build = {
  name: 'prometheus',
  version: '3.14.0',
  packages: {
    prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
    promtool: 'github.com/prometheus/prometheus/cmd/promtool',
  },
  tags: ['remove_all_sd', 'enable_kubernetes_sd', 'enable_dns_sd'],
  versionVariable: 'github.com/prometheus/common/version.Version',
  typicalSeconds: 140,
};

/** The last version whose module brings the web interface that its main package embeds. */
const alertmanager: Build = {
  name: 'alertmanager',
  version: '0.31.1',
  packages: {
    alertmanager: 'github.com/prometheus/alertmanager/cmd/alertmanager',
    amtool: 'github.com/prometheus/alertmanager/cmd/amtool',
  },
  tags: [],
  versionVariable: 'github.com/prometheus/common/version.Version',
  typicalSeconds: 52,
};

/** Released as Go module v1.76.0; the module carries the API, and a placeholder for the web interface. */
const jaeger: Build = {
  name: 'jaeger',
  version: '2.13.0',
  packages: { jaeger: 'github.com/jaegertracing/jaeger/cmd/jaeger' },
  tags: [],
  versionVariable: 'github.com/jaegertracing/jaeger/internal/version.latestVersion',
  typicalSeconds: 290,
};

/** Its main package is generated into the folder itself, from builder.yaml, by `npm run tools:collector`. */
const collector: Build = {
  name: 'collector',
  version: '0.159.0',
  packages: { otelcol: '.' },
  tags: [],
  typicalSeconds: 200,
};

export const programs: Readonly<Record<ToolName, Program>> = {
  'nats-server': {
    name: 'nats-server',
    build: natsServer,
    versionArgs: ['--version'],
    versionPattern: /nats-server: v(\S+)/,
    overrideVariable: 'STORMPROOF_NATS_SERVER',
  },
  'toxiproxy-server': {
    name: 'toxiproxy-server',
    build: toxiproxy,
    versionArgs: ['--version'],
    versionPattern: /toxiproxy-server version v?(\S+)/,
    overrideVariable: 'STORMPROOF_TOXIPROXY_SERVER',
  },
  k6: {
    name: 'k6',
    build: k6,
    versionArgs: ['version'],
    versionPattern: /k6(?:\.exe)? v(\S+)/,
    overrideVariable: 'STORMPROOF_K6',
  },
  prometheus: {
    name: 'prometheus',
    build: prometheus,
    versionArgs: ['--version'],
    versionPattern: /prometheus, version (\d\S*)/,
    overrideVariable: 'STORMPROOF_PROMETHEUS',
  },
  promtool: {
    name: 'promtool',
    build: prometheus,
    versionArgs: ['--version'],
    versionPattern: /promtool, version (\d\S*)/,
    overrideVariable: 'STORMPROOF_PROMTOOL',
  },
  alertmanager: {
    name: 'alertmanager',
    build: alertmanager,
    versionArgs: ['--version'],
    versionPattern: /alertmanager, version (\d\S*)/,
    overrideVariable: 'STORMPROOF_ALERTMANAGER',
  },
  amtool: {
    name: 'amtool',
    build: alertmanager,
    versionArgs: ['--version'],
    versionPattern: /amtool, version (\d\S*)/,
    overrideVariable: 'STORMPROOF_AMTOOL',
  },
  jaeger: {
    name: 'jaeger',
    build: jaeger,
    versionArgs: ['version'],
    versionPattern: /"gitVersion":\s*"v?(\d[^"]*)"/,
    overrideVariable: 'STORMPROOF_JAEGER',
  },
  otelcol: {
    name: 'otelcol',
    build: collector,
    versionArgs: ['--version'],
    versionPattern: /otelcol\S* version v?(\S+)/,
    overrideVariable: 'STORMPROOF_OTELCOL',
    contents: {
      args: ['components'],
      expected: [
        'receiver/otlpreceiver',
        'processor/memorylimiterprocessor',
        'processor/batchprocessor',
        'connector/spanmetricsconnector',
        'exporter/otlpexporter',
        'exporter/otlphttpexporter',
        'extension/healthcheckextension',
      ],
    },
  },
};

export const toolNames = Object.keys(programs) as readonly ToolName[];
