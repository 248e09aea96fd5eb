import { stringify } from 'yaml';
import type { EdgeSpec, Topology } from '../../topology/model.ts';
import { hostAndPort } from '../host-and-port.ts';
import { attributes, keptFor } from '../names/spans.ts';

export type CollectorAddresses = {
  /** `host:port` to listen on. */
  readonly listen: {
    readonly otlpHttp: string;
    readonly otlpGrpc: string;
    readonly health: string;
    /** Where Prometheus scrapes the Collector's own metrics. */
    readonly metrics: string;
  };
  /** `host:port` of Jaeger's OTLP/gRPC receiver; absent: traces become span metrics only. */
  readonly jaegerOtlpGrpc?: string | undefined;
  /** Base URL of Prometheus; absent: metrics are received and dropped. */
  readonly prometheus?: string | undefined;
};

/** What the Collector may hold before it refuses: its memory, and what waits for a backend that does not answer. */
export type CollectorLimits = {
  readonly memoryMib: number;
  /** Batches per exporter. */
  readonly queueBatches: number;
  /** For how long a trace waits for a reason to be kept, in seconds; default 30. */
  readonly undecidedSeconds?: number;
  /** The share of the traces without any reason that is kept all the same, in percent; default 10. */
  readonly ordinaryPercent?: number;
};

const defaultLimits: CollectorLimits = { memoryMib: 256, queueBatches: 512 };

/**
 * Traces that may wait for a reason at once, and the kept ones whose later spans are known to belong to them. At 10,000
 * orders/s, of which one in a hundred is traced, 3,000 wait, with about 20 MB of spans.
 */
const traceCounts = { undecided: 20_000, kept: 50_000 };

/** The thresholds of the SLOs, 50 ms and 1 s, are bounds. */
const durationBuckets = [
  '1ms',
  '2500us',
  '5ms',
  '10ms',
  '25ms',
  '50ms',
  '100ms',
  '250ms',
  '500ms',
  '1s',
  '5s',
  '30s',
];

/**
 * The Collector's configuration as YAML: OTLP in; traces that are worth keeping to Jaeger; metrics to Prometheus's OTLP
 * endpoint, among them durations made from the spans that are kept, whose exemplars lead from a bucket to a trace (the
 * JavaScript SDK has none).
 *
 * Which traces are kept: docs/decisions/0011-which-traces-are-kept.md.
 *
 * Telemetry is bounded everywhere and is dropped rather than held for ever: a backend that is down costs data points,
 * never the platform.
 */
export function renderCollectorConfig(
  topology: Topology,
  addresses: CollectorAddresses,
  limits: CollectorLimits = defaultLimits,
): string {
  const { listen, jaegerOtlpGrpc, prometheus } = addresses;
  const delivery = (to: string) => deliveryOf(topology, to, limits);
  const exporters = {
    ...(jaegerOtlpGrpc === undefined
      ? {}
      : {
          'otlp_grpc/jaeger': {
            endpoint: jaegerOtlpGrpc,
            tls: { insecure: true },
            compression: 'none',
            ...delivery('jaeger'),
          },
        }),
    ...(prometheus === undefined
      ? {}
      : {
          'otlp_http/prometheus': {
            endpoint: `${prometheus}/api/v1/otlp`,
            compression: 'none',
            ...delivery('prometheus'),
          },
        }),
  };
  const metricsExporters = prometheus === undefined ? [] : ['otlp_http/prometheus'];
  const processors = ['memory_limiter', 'batch'];
  const metricsPipeline =
    metricsExporters.length === 0
      ? {}
      : { metrics: { receivers: ['otlp', 'span_metrics'], processors, exporters: metricsExporters } };
  const traceExporters = [
    ...(jaegerOtlpGrpc === undefined ? [] : ['otlp_grpc/jaeger']),
    ...(metricsExporters.length === 0 ? [] : ['span_metrics']),
  ];
  const tracesPipeline =
    traceExporters.length === 0
      ? {}
      : {
          traces: {
            receivers: ['otlp'],
            processors: ['memory_limiter', 'tail_sampling', 'batch'],
            exporters: traceExporters,
          },
        };
  return stringify(
    {
      receivers: {
        otlp: {
          protocols: { grpc: { endpoint: listen.otlpGrpc }, http: { endpoint: listen.otlpHttp } },
        },
      },
      processors: {
        memory_limiter: {
          check_interval: '1s',
          limit_mib: limits.memoryMib,
          spike_limit_mib: Math.ceil(limits.memoryMib / 4),
        },
        ...(traceExporters.length === 0 ? {} : { tail_sampling: tailSampling(limits) }),
        batch: { timeout: '250ms', send_batch_size: 4096, send_batch_max_size: 8192 },
      },
      ...(metricsExporters.length === 0 ? {} : { connectors: { span_metrics: spanMetrics } }),
      exporters,
      extensions: { health_check: { endpoint: listen.health } },
      service: {
        extensions: ['health_check'],
        pipelines: { ...tracesPipeline, ...metricsPipeline },
        telemetry: {
          logs: { level: 'warn', encoding: 'json' },
          metrics: {
            level: 'normal',
            readers: [{ pull: { exporter: { prometheus: hostAndPort(listen.metrics) } } }],
          },
        },
      },
    },
    { aliasDuplicateObjects: false },
  );
}

/**
 * Spans are judged as they come, so what is kept is seen at once; and a trace that was given up is judged anew when a span
 * comes that knows a reason, however late that is. What follows a reason is kept too, and so is what waited for one.
 */
function tailSampling({ undecidedSeconds = 30, ordinaryPercent = 10 }: CollectorLimits) {
  return {
    sampling_strategy: 'span-ingest',
    decision_wait: `${undecidedSeconds}s`,
    num_traces: traceCounts.undecided,
    sample_on_first_match: true,
    decision_cache: { sampled_cache_size: traceCounts.kept },
    policies: [
      {
        name: 'known-reason',
        type: 'string_attribute',
        string_attribute: { key: attributes.keptFor, values: [...keptFor] },
      },
      { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
      { name: 'ordinary', type: 'probabilistic', probabilistic: { sampling_percentage: ordinaryPercent } },
    ],
  };
}

const spanMetrics = {
  histogram: { unit: 's', explicit: { buckets: durationBuckets } },
  exemplars: { enabled: true, max_per_data_point: 5 },
  dimensions: [{ name: attributes.terminalState }],
  exclude_dimensions: ['collector.instance.id'],
  resource_metrics_key_attributes: ['service.name', 'service.instance.id'],
  metrics_flush_interval: '2s',
  metrics_expiration: '10m',
  aggregation_cardinality_limit: 2_000,
};

/** One request at a time keeps samples in order; what cannot be delivered in a minute is dropped. */
function deliveryOf(topology: Topology, to: string, limits: CollectorLimits) {
  const edge = topology.edges.find(
    (candidate: EdgeSpec) => candidate.from === 'collector' && candidate.to === to,
  );
  return {
    timeout: `${edge?.deadlineMs ?? 5_000}ms`,
    sending_queue: { queue_size: limits.queueBatches, num_consumers: 1 },
    retry_on_failure: { initial_interval: '250ms', max_interval: '5s', max_elapsed_time: '60s' },
  };
}
