import { stringify } from 'yaml';
import { hostAndPort } from '../host-and-port.ts';

export type JaegerOptions = {
  /** `host:port` to listen on. */
  readonly listen: {
    readonly otlpGrpc: string;
    /** The query API (and the interface, in builds that carry it). */
    readonly http: string;
    readonly grpc: string;
    readonly health: string;
    /** Where Prometheus scrapes Jaeger's own metrics. */
    readonly metrics: string;
  };
  /** Traces kept in memory, the oldest dropped first; default {@link tracesKept}. */
  readonly tracesMax?: number;
};

/** How many traces Jaeger keeps, unless it is told otherwise. */
export const tracesKept = 50_000;

/** The configuration of Jaeger v2 as YAML: OTLP in, traces in memory, queries out. */
export function renderJaegerConfig({ listen, tracesMax = tracesKept }: JaegerOptions): string {
  return stringify({
    receivers: { otlp: { protocols: { grpc: { endpoint: listen.otlpGrpc } } } },
    processors: { batch: { timeout: '200ms' } },
    exporters: { jaeger_storage_exporter: { trace_storage: 'memory' } },
    extensions: {
      jaeger_storage: { backends: { memory: { memory: { max_traces: tracesMax } } } },
      jaeger_query: {
        storage: { traces: 'memory' },
        http: { endpoint: listen.http },
        grpc: { endpoint: listen.grpc },
      },
      healthcheckv2: { use_v2: true, http: { endpoint: listen.health } },
    },
    service: {
      extensions: ['jaeger_storage', 'jaeger_query', 'healthcheckv2'],
      pipelines: {
        traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['jaeger_storage_exporter'] },
      },
      telemetry: {
        resource: { 'service.name': 'jaeger' },
        logs: { level: 'warn', encoding: 'json' },
        metrics: {
          level: 'normal',
          readers: [
            {
              pull: {
                exporter: {
                  prometheus: hostAndPort(listen.metrics),
                },
              },
            },
          ],
        },
      },
    },
  });
}
