import { stringify } from 'yaml';
import type { Topology } from '../../topology/model.ts';
import { renderRules } from '../slo/index.ts';

/** Somewhere Prometheus pulls metrics from. */
export type ScrapeTarget = {
  readonly job: string;
  /** `host:port`, one per instance. */
  readonly addresses: readonly string[];
};

export type PrometheusOptions = {
  readonly scrape: readonly ScrapeTarget[];
  /** Whose promises, brokers and services the rules watch. */
  readonly topology: Topology;
  /** How many times sooner than in operation alerts fire and end, 1 or more (slo/rules/timing.ts); default 1. */
  readonly alertScale?: number | undefined;
  /** Where alerts go, by default within 10 s; absent: they are only evaluated. */
  readonly alertmanager?: { readonly url: string; readonly timeoutMs?: number | undefined } | undefined;
};

/** The file that Prometheus is started with. */
export const configFile = 'prometheus.yml';

const rulesFile = 'rules.yml';

/** Error budgets look back 30 days. A disk that is smaller loses the oldest days, not the newest. */
const retention = { time: '32d', percentage: 80 };

/**
 * What Prometheus is started with besides its addresses and paths: it takes OTLP, and keeps the exemplars that lead
 * from a bucket to a trace.
 */
export const prometheusFlags: readonly string[] = [
  '--web.enable-otlp-receiver',
  '--enable-feature=exemplar-storage',
];

/** Prometheus's files by their names, all for one directory: its configuration, and the rules that it evaluates. */
export function prometheusFiles(options: PrometheusOptions): Readonly<Record<string, string>> {
  return {
    [configFile]: renderPrometheusConfig(options),
    [rulesFile]: renderRules({ topology: options.topology, scale: options.alertScale ?? 1 }),
  };
}

/**
 * The configuration. The platform's metrics arrive by OTLP, from services whose exports cross, so samples may be some
 * minutes out of order; backends are scraped.
 */
function renderPrometheusConfig(options: PrometheusOptions): string {
  const { scrape, alertmanager } = options;
  return stringify({
    global: { scrape_interval: '5s', scrape_timeout: '4s', evaluation_interval: '5s' },
    otlp: {
      promote_resource_attributes: ['service.name', 'service.instance.id'],
      translation_strategy: 'UnderscoreEscapingWithSuffixes',
    },
    storage: {
      tsdb: { out_of_order_time_window: '10m', retention },
      exemplars: { max_exemplars: 100_000 },
    },
    rule_files: [rulesFile],
    ...(alertmanager === undefined ? {} : { alerting: alertingOf(alertmanager) }),
    scrape_configs: scrape.map(({ job, addresses }) => ({
      job_name: job,
      static_configs: [{ targets: addresses }],
    })),
  });
}

function alertingOf({ url, timeoutMs = 10_000 }: NonNullable<PrometheusOptions['alertmanager']>) {
  const { protocol, host, pathname } = new URL(url);
  return {
    alertmanagers: [
      {
        scheme: protocol.replace(':', ''),
        path_prefix: pathname,
        timeout: `${timeoutMs}ms`,
        static_configs: [{ targets: [host] }],
      },
    ],
  };
}
