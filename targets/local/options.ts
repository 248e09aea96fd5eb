import { tracesKept } from '../../observability/jaeger/config.ts';
import type { ToolName } from '../../tools/index.ts';
import { backendsOf } from '../../topology/derive/index.ts';
import { edgeName, type Topology } from '../../topology/model.ts';

export type LocalTargetOptions = {
  readonly topology: Topology;
  /** Absolute path of the directory that holds everything this platform writes. */
  readonly runDir: string;
  /** Paths of the external programs; {@link toolsNeeded} says which. */
  readonly tools: Readonly<Partial<Record<ToolName, string>>>;
  /** Whether edges pass through proxies that can disturb them. */
  readonly chaos: boolean;
  /** Which edges do when `chaos` is on, by name; default all. */
  readonly proxiedEdges?: readonly string[];
  /**
   * Whether the brokers keep their files on disks that can fail (programs/disk.ts), which takes Linux as root; default
   * false.
   */
  readonly disks?: boolean;
  /** How many times sooner than in operation alerts fire and end: for experiments of minutes; default 1. */
  readonly alertScale?: number;
  /** Traces that Jaeger keeps in memory, the oldest dropped first; default `tracesKept` (observability/jaeger/config.ts). */
  readonly tracesMax?: number;
  /** Whether the brokers speak TLS, and only to who has a certificate; default false. */
  readonly tls?: boolean;
  /** Whether the order API lets in only who has the key of a client; default false. */
  readonly apiKeys?: boolean;
  /** Other programs than the topology's for services, by service: paths from the repository's root, or absolute. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Further environment variables of services, by service. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The Node that runs the services; default the one that runs this. */
  readonly node?: string;
};

/** What decides how a platform runs: two of the same value run the same processes. */
export type LocalPlan = {
  readonly topology: Topology;
  readonly tools: Readonly<Partial<Record<ToolName, string>>>;
  readonly proxiedEdges: readonly string[];
  readonly disks: boolean;
  /** Absent: the brokers speak no TLS. */
  readonly tls?: true;
  /** Absent: the order API lets everybody in. */
  readonly apiKeys?: true;
  /** Absent: 1. */
  readonly alertScale?: number;
  /** Absent: `tracesKept`. */
  readonly tracesMax?: number;
  readonly overrides: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly node: string;
};

export function toLocalPlan(options: LocalTargetOptions): LocalPlan {
  const { topology, tools, disks = false, overrides = {}, settings = {}, node = process.execPath } = options;
  const { alertScale = 1, tracesMax = tracesKept } = options;
  return {
    ...{ topology, tools, proxiedEdges: proxiedEdgesOf(options), disks, overrides, settings, node },
    ...(alertScale === 1 ? {} : { alertScale }),
    ...(tracesMax === tracesKept ? {} : { tracesMax }),
    ...(options.tls === true ? { tls: true } : {}),
    ...(options.apiKeys === true ? { apiKeys: true } : {}),
  };
}

/** The external programs that a local platform of this topology runs. */
export function toolsNeeded(
  options: Pick<LocalTargetOptions, 'topology' | 'chaos' | 'proxiedEdges' | 'disks'>,
): readonly ToolName[] {
  return [
    ...backendsOf(options.topology).map((backend) => toolOfBackend[backend]),
    ...(proxiedEdgesOf(options).length > 0 ? (['toxiproxy-server'] as const) : []),
    ...(options.disks === true ? (['faultfs'] as const) : []),
  ];
}

const toolOfBackend = {
  nats: 'nats-server',
  collector: 'otelcol',
  jaeger: 'jaeger',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
} as const satisfies Record<string, ToolName>;

function proxiedEdgesOf(
  options: Pick<LocalTargetOptions, 'topology' | 'chaos' | 'proxiedEdges'>,
): readonly string[] {
  if (!options.chaos) return [];
  return options.proxiedEdges ?? options.topology.edges.map(edgeName);
}
