import type { Build, Program } from './program.ts';

/** What the platform and its checks run. */
export type PlatformTool =
  | 'nats-server'
  | 'toxiproxy-server'
  | 'k6'
  | 'prometheus'
  | 'promtool'
  | 'alertmanager'
  | 'amtool'
  | 'jaeger'
  | 'otelcol'
  | 'faultfs';

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
  linkVariables: { 'github.com/Shopify/toxiproxy/v2.Version': '2.12.0' },
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
  linkVariables: { 'github.com/prometheus/common/version.Version': '3.14.0' },
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
  linkVariables: { 'github.com/prometheus/common/version.Version': '0.31.1' },
  typicalSeconds: 52,
};

/** Released as Go module v1.76.0; the module carries the API, and a placeholder for the web interface. */
const jaeger: Build = {
  name: 'jaeger',
  version: '2.13.0',
  packages: { jaeger: 'github.com/jaegertracing/jaeger/cmd/jaeger' },
  tags: [],
  linkVariables: { 'github.com/jaegertracing/jaeger/internal/version.latestVersion': '2.13.0' },
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

/** Ours, in the module's folder. */
const faultfs: Build = {
  name: 'faultfs',
  version: '1.0.0',
  packages: { faultfs: '.' },
  tags: [],
  typicalSeconds: 15,
};

export const platformPrograms: Readonly<Record<PlatformTool, Program>> = {
  'nats-server': {
    name: 'nats-server',
    build: natsServer,
    version: { args: ['--version'], pattern: /nats-server: v(\S+)/ },
    overrideVariable: 'STORMPROOF_NATS_SERVER',
  },
  'toxiproxy-server': {
    name: 'toxiproxy-server',
    build: toxiproxy,
    version: { args: ['--version'], pattern: /toxiproxy-server version v?(\S+)/ },
    overrideVariable: 'STORMPROOF_TOXIPROXY_SERVER',
  },
  k6: {
    name: 'k6',
    build: k6,
    version: { args: ['version'], pattern: /k6(?:\.exe)? v(\S+)/ },
    overrideVariable: 'STORMPROOF_K6',
  },
  prometheus: {
    name: 'prometheus',
    build: prometheus,
    version: { args: ['--version'], pattern: /prometheus, version (\d\S*)/ },
    overrideVariable: 'STORMPROOF_PROMETHEUS',
  },
  promtool: {
    name: 'promtool',
    build: prometheus,
    version: { args: ['--version'], pattern: /promtool, version (\d\S*)/ },
    overrideVariable: 'STORMPROOF_PROMTOOL',
  },
  alertmanager: {
    name: 'alertmanager',
    build: alertmanager,
    version: { args: ['--version'], pattern: /alertmanager, version (\d\S*)/ },
    overrideVariable: 'STORMPROOF_ALERTMANAGER',
  },
  amtool: {
    name: 'amtool',
    build: alertmanager,
    version: { args: ['--version'], pattern: /amtool, version (\d\S*)/ },
    overrideVariable: 'STORMPROOF_AMTOOL',
  },
  jaeger: {
    name: 'jaeger',
    build: jaeger,
    version: { args: ['version'], pattern: /"gitVersion":\s*"v?(\d[^"]*)"/ },
    overrideVariable: 'STORMPROOF_JAEGER',
  },
  otelcol: {
    name: 'otelcol',
    build: collector,
    version: { args: ['--version'], pattern: /otelcol\S* version v?(\S+)/ },
    overrideVariable: 'STORMPROOF_OTELCOL',
    contents: {
      args: ['components'],
      expected: [
        'receiver/otlpreceiver',
        'processor/memorylimiterprocessor',
        'processor/batchprocessor',
        'processor/tailsamplingprocessor',
        'connector/spanmetricsconnector',
        'exporter/otlpexporter',
        'exporter/otlphttpexporter',
        'extension/healthcheckextension',
      ],
    },
  },
  faultfs: {
    name: 'faultfs',
    build: faultfs,
    version: { args: ['-version'], pattern: /^faultfs (\S+)/ },
    overrideVariable: 'STORMPROOF_FAULTFS',
  },
};
