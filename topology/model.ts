/**
 * What the platform consists of, as data. Everything that starts, connects, limits or breaks a part of it is
 * derived from one value of type {@link Topology}; nothing below is written down a second time.
 */
export type Topology = {
  readonly brokers: BrokerSpec;
  readonly streams: readonly StreamSpec[];
  readonly consumers: readonly ConsumerSpec[];
  readonly services: readonly ServiceSpec[];
  readonly edges: readonly EdgeSpec[];
};

/** The NATS JetStream cluster. */
export type BrokerSpec = {
  readonly replicas: number;
  /** When a broker fsyncs: with every write, or at most this long after it. */
  readonly syncInterval: 'always' | `${number}${'s' | 'm'}`;
  /** Whether the brokers share a failure domain (a machine, a disk, a power supply). */
  readonly isColocated: boolean;
  readonly maxPayloadBytes: number;
};

export type StreamSpec = {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly replicas: number;
  readonly storage: 'file' | 'memory';
  readonly discard: 'new' | 'old';
  /** -1 is unbounded. */
  readonly maxBytes: number;
  /** 0 is for ever. */
  readonly maxAgeMs: number;
  /** How long JetStream remembers message ids. */
  readonly duplicateWindowMs: number;
  /** What losing this stream would cost: decides which preflight rules apply. */
  readonly holds: 'orders' | 'outcomes' | 'dead-letters' | 'advisories';
};

/** A durable pull consumer with explicit acknowledgement. */
export type ConsumerSpec = {
  readonly name: string;
  readonly stream: string;
  /** The service that pulls from it. */
  readonly service: string;
  readonly ackWaitMs: number;
  /** Deliveries of one message before JetStream gives up and says so in an advisory; -1 is unbounded. */
  readonly maxDeliver: number;
  /** Messages (groups) out and unacknowledged at once. */
  readonly maxAckPending: number;
};

export type ServiceSpec = {
  readonly name: string;
  /** The program, a path from the repository's root (or absolute), run by Node unless there is an `interpreter`. */
  readonly main: string;
  /**
   * What runs `main` in Node's stead, with its arguments before it, by absolute path: `['/usr/bin/python3']`. Empty where
   * `main` runs by itself.
   */
  readonly interpreter?: readonly string[];
  readonly replicas: { readonly local: number; readonly kubernetes: number };
  /**
   * What it listens on: `http` for customers or callers, `admin` for probes and operators. Each becomes
   * `STORMPROOF_<NAME>_LISTEN=host:port`.
   */
  readonly listeners: readonly ListenerName[];
  /** Whether it keeps files that must survive a restart. Becomes `STORMPROOF_DATA_DIR`. */
  readonly isStateful: boolean;
  /**
   * Whether its files can be made anew from the streams, so that a place that moves it need not move them; default
   * false.
   */
  readonly isRebuildable?: boolean;
  /** Further settings, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Stands in for something a production has elsewhere (the simulated provider). */
  readonly isSimulated?: boolean;
  /** What one instance may count on where the place shares out its machines; default a small service. */
  readonly resources?: ResourceSpec;
};

/** CPU that an instance can count on, in thousandths of a core, and the memory beyond which it is ended. */
export type ResourceSpec = {
  readonly cpuMillis: number;
  readonly memoryMib: number;
};

export type ListenerName = 'http' | 'admin';

/** Backends that are not services of ours but take part in edges. */
export type BackendName = 'nats' | 'collector' | 'jaeger' | 'prometheus' | 'alertmanager';

/**
 * Who talks to whom. An edge to a service becomes `STORMPROOF_<TO>_URL` of the caller, to `nats`
 * `STORMPROOF_NATS_URL` (comma-separated) or, over `http`, `STORMPROOF_NATS_MONITOR_URL`, to `collector`
 * `OTEL_EXPORTER_OTLP_ENDPOINT`.
 */
export type EdgeSpec = {
  /** `client`, a service or a backend. */
  readonly from: string;
  /** A service or a backend. */
  readonly to: string;
  readonly protocol: 'http' | 'nats' | 'nats-route' | 'otlp-http' | 'otlp-grpc';
  /** After how long the caller stops waiting for one answer; absent endangers orders, as preflight says. */
  readonly deadlineMs?: number;
  /** For `nats`: the subjects the caller publishes on. */
  readonly publishes?: readonly string[];
  /** For `nats`: the streams it reads without acknowledging (ordered consumers). */
  readonly reads?: readonly string[];
  /** For `nats`: further streams of which it asks how full they are. */
  readonly watches?: readonly string[];
  /** For `nats`: the streams of which it gets single messages by their sequence. */
  readonly fetches?: readonly string[];
};

/** The edge's name in proxies, metrics and reports: `payment-psp`. */
export function edgeName(edge: Pick<EdgeSpec, 'from' | 'to'>): string {
  return `${edge.from}-${edge.to}`;
}
