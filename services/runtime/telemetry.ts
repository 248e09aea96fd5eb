import {
  type Attributes,
  type Counter,
  type Gauge,
  type Histogram,
  type Meter,
  metrics,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  DataPointType,
  MetricReader,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler, BatchSpanProcessor, type IdGenerator } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { MetricSpec } from '../../observability/names/metrics.ts';
import { observeProcess } from './process-metrics.ts';
import { newSpanId, newTraceId, type TraceParent } from './trace-context.ts';

/** Traces and metrics of one process, on their way to the Collector. */
export type Telemetry = {
  readonly meter: Meter;
  startSpan(name: string, options: StartSpan): Span;
  /** The counters and gauges as they stand now, whether or not anybody can be told of them. */
  readings(): Promise<readonly Reading[]>;
  /** Sends what is buffered and stops; gives up after about five seconds when the Collector does not answer. */
  shutdown(): Promise<void>;
};

/** One series of a counter or gauge of this process. */
export type Reading = {
  /** As observability/names spells it. */
  readonly metric: string;
  readonly attributes: Attributes;
  readonly value: number;
};

type SpanIdentity = Pick<TraceParent, 'traceId' | 'spanId'>;

export type StartSpan = {
  readonly kind: SpanKind;
  /** The caller's span, in this process or another; absent for the first span of a trace. */
  readonly parent?: TraceParent | undefined;
  /**
   * The span's own identity, drawn by the caller (trace-context.ts): others are told of it before anybody knows
   * whether the span is worth keeping, and then it must be the same in a span that is told late. Its trace id is the
   * parent's where there is a parent.
   */
  readonly self: SpanIdentity;
  /** Milliseconds since the Unix epoch; default now. */
  readonly startTimeMs?: number | undefined;
  readonly attributes?: Attributes;
};

/**
 * Starts the OpenTelemetry SDK of this process, once.
 *
 * Whether a trace is kept is decided where the order enters, not here: whoever starts a span wants it kept, so an
 * unsampled order costs no span at all, and a late one can still be told.
 *
 * @param options.endpoint base URL of an OTLP/HTTP receiver; absent: nothing leaves the process
 * @param options.metricIntervalMs how often metrics are sent; default 2,000
 */
export function startTelemetry(options: {
  readonly service: string;
  readonly instance: string;
  readonly endpoint: string | undefined;
  readonly metricIntervalMs?: number;
}): Telemetry {
  const ids = new PresetIds();
  const { endpoint } = options;
  const reader =
    endpoint === undefined
      ? new UnsentReader()
      : new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, timeoutMillis: 2_000 }),
          exportIntervalMillis: options.metricIntervalMs ?? 2_000,
          exportTimeoutMillis: 2_000,
        });
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: options.service,
      'service.instance.id': options.instance,
    }),
    autoDetectResources: false,
    idGenerator: ids,
    sampler: new AlwaysOnSampler(),
    instrumentations: [],
    logRecordProcessors: [],
    textMapPropagator: null,
    spanProcessors:
      endpoint === undefined
        ? []
        : [
            new BatchSpanProcessor({
              exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, timeoutMillis: 5_000 }),
              maxQueueSize: 8_192,
              scheduledDelayMillis: 1_000,
            }),
          ],
    metricReaders: [reader],
  });
  sdk.start();
  const tracer = trace.getTracer('stormproof');
  const meter = metrics.getMeter('stormproof');
  observeProcess(meter);
  return {
    meter,
    startSpan(name, { kind, parent, self, startTimeMs, attributes }) {
      const context =
        parent === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, {
              traceId: parent.traceId,
              spanId: parent.spanId,
              traceFlags: TraceFlags.SAMPLED,
              isRemote: true,
            });
      return ids.with(self, () =>
        tracer.startSpan(
          name,
          {
            kind,
            ...(startTimeMs === undefined ? {} : { startTime: startTimeMs }),
            ...(attributes === undefined ? {} : { attributes }),
          },
          context,
        ),
      );
    },
    // Everything here is cumulative: one look more takes nothing away from what is sent.
    readings: async () => readingsOf((await reader.collect()).resourceMetrics),
    async shutdown() {
      await sdk.shutdown().catch(() => {
        // The Collector is gone; telemetry is never a reason to fail a shutdown.
      });
    },
  };
}

function readingsOf({ scopeMetrics }: ResourceMetrics): readonly Reading[] {
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap((metric) =>
      metric.dataPointType === DataPointType.SUM || metric.dataPointType === DataPointType.GAUGE
        ? metric.dataPoints.map(({ attributes, value }) => ({
            metric: metric.descriptor.name,
            attributes,
            value,
          }))
        : [],
    );
}

/** Keeps the metrics of a process that nobody is to be told of. */
class UnsentReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}

  protected override async onForceFlush(): Promise<void> {}
}

/** Hands the SDK the identity of the span that is being started, which is synchronous. */
class PresetIds implements IdGenerator {
  #preset: SpanIdentity | undefined;

  with<T>(preset: SpanIdentity, start: () => T): T {
    this.#preset = preset;
    try {
      return start();
    } finally {
      this.#preset = undefined;
    }
  }

  generateTraceId(): string {
    return this.#preset?.traceId ?? newTraceId();
  }

  generateSpanId(): string {
    return this.#preset?.spanId ?? newSpanId();
  }
}

/**
 * A counter that stands at 0 from the start, so that a reader can tell "none yet" from "not measured" and sees the
 * first event as an increase.
 *
 * @param series the attributes of each series to start; default one without attributes
 */
export function createCounter(meter: Meter, spec: MetricSpec, series: readonly Attributes[] = [{}]): Counter {
  const counter = meter.createCounter(spec.name, { unit: spec.unit, description: spec.description });
  for (const attributes of series) counter.add(0, attributes);
  return counter;
}

/** Counts by one attribute, whose values are known beforehand. */
export type Tally<Value extends string> = { add(value: Value, count?: number): void };

/**
 * A counter for what happens with every order: it adds to plain numbers, which are looked at with each export. The SDK's own
 * counter sorts and hashes its attributes every time, a microsecond.
 */
export function createTally<Value extends string>(
  meter: Meter,
  spec: MetricSpec,
  attribute: string,
  values: readonly Value[],
): Tally<Value> {
  const counts = new Map<Value, number>(values.map((value) => [value, 0]));
  meter
    .createObservableCounter(spec.name, { unit: spec.unit, description: spec.description })
    .addCallback((result) => {
      for (const [value, count] of counts) result.observe(count, { [attribute]: value });
    });
  return {
    add(value, count = 1) {
      counts.set(value, (counts.get(value) ?? 0) + count);
    },
  };
}

export function createGauge(meter: Meter, spec: MetricSpec): Gauge {
  return meter.createGauge(spec.name, { unit: spec.unit, description: spec.description });
}

export function createHistogram(meter: Meter, spec: MetricSpec): Histogram {
  return meter.createHistogram(spec.name, {
    unit: spec.unit,
    description: spec.description,
    ...(spec.buckets === undefined ? {} : { advice: { explicitBucketBoundaries: [...spec.buckets] } }),
  });
}
