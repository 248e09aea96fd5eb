import {
  type ConsumerConfig,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { consumerConfig, streamConfig } from '../../topology/derive/index.ts';
import type { ConsumerSpec, StreamSpec, Topology } from '../../topology/model.ts';
import { delay } from '../runtime/retry.ts';
import { consumerDrift, type Drift, streamDrift } from './drift.ts';

/** What was found and done about one stream or consumer. */
export type Reconciled = {
  /** `stream ORDERS`, `consumer payment-processor`. */
  readonly what: string;
  /**
   * `refused`: at least one difference cannot be repaired without losing messages; nothing was changed.
   * `unexpected`: not in the topology; left alone.
   */
  readonly did: 'created' | 'kept' | 'repaired' | 'refused' | 'unexpected';
  readonly drift: readonly Drift[];
};

export type ReconcileOptions = {
  /** How long the brokers may take to elect, place and catch up; milliseconds. */
  readonly deadlineMs: number;
  /** Milliseconds since any origin; default the process's monotonic clock. */
  readonly now?: () => number;
  /** Told why it is still waiting. */
  readonly onWait?: (reason: string) => void;
};

const pollMs = 100;

/**
 * Makes the brokers hold the streams and consumers of a topology, and waits until each stream has a leader and all its
 * replicas are current. May be repeated at any time; what is right already is left alone.
 *
 * @throws Error with the last reason when the brokers do not get there before the deadline
 */
export async function reconcile(
  manager: JetStreamManager,
  topology: Topology,
  options: ReconcileOptions,
): Promise<readonly Reconciled[]> {
  const now = options.now ?? (() => performance.now());
  const deadline = now() + options.deadlineMs;
  const attempt = <T>(what: string, action: () => Promise<T>) =>
    retryUntil({ what, action, deadline, now, onWait: options.onWait });

  const done: Reconciled[] = [];
  for (const stream of topology.streams) {
    done.push(await attempt(`stream ${stream.name}`, () => reconcileStream(manager, stream)));
  }
  for (const consumer of topology.consumers) {
    done.push(await attempt(`consumer ${consumer.name}`, () => reconcileConsumer(manager, consumer)));
  }
  for (const stream of topology.streams) {
    await attempt(`stream ${stream.name}`, async () => {
      const missing = missingReplicas(stream, await manager.streams.info(stream.name));
      if (missing !== undefined) throw new NotYetError(missing);
    });
  }
  const known = new Set(topology.streams.map((stream) => stream.name));
  const present = await attempt('the list of streams', () => listStreams(manager));
  const unexpected = present.filter((name) => !known.has(name));
  return [
    ...done,
    ...unexpected.map((name) => ({ what: `stream ${name}`, did: 'unexpected' as const, drift: [] })),
  ];
}

async function reconcileStream(manager: JetStreamManager, spec: StreamSpec): Promise<Reconciled> {
  const what = `stream ${spec.name}`;
  const wanted = streamConfig(spec);
  const info = await orAbsent(manager.streams.info(spec.name), JetStreamApiCodes.StreamNotFound);
  if (info === undefined) {
    await manager.streams.add({ ...wanted, subjects: [...wanted.subjects] });
    return { what, did: 'created', drift: [] };
  }
  const drift = streamDrift(wanted, info.config, { bytes: info.state.bytes });
  return settle(what, drift, async () => {
    const update = { ...wantedOf(drift), subjects: [...wanted.subjects] };
    await manager.streams.update(spec.name, update as Partial<StreamConfig>);
  });
}

async function reconcileConsumer(manager: JetStreamManager, spec: ConsumerSpec): Promise<Reconciled> {
  const what = `consumer ${spec.name}`;
  const wanted = consumerConfig(spec);
  const info = await orAbsent(
    manager.consumers.info(spec.stream, spec.name),
    JetStreamApiCodes.ConsumerNotFound,
  );
  if (info === undefined) {
    await manager.consumers.add(spec.stream, wanted);
    return { what, did: 'created', drift: [] };
  }
  const drift = consumerDrift(wanted, info.config);
  return settle(what, drift, async () => {
    await manager.consumers.update(spec.stream, spec.name, wantedOf(drift) as Partial<ConsumerConfig>);
  });
}

async function settle(
  what: string,
  drift: readonly Drift[],
  repair: () => Promise<void>,
): Promise<Reconciled> {
  if (drift.length === 0) return { what, did: 'kept', drift };
  if (drift.some(({ refusal }) => refusal !== undefined)) return { what, did: 'refused', drift };
  await repair();
  return { what, did: 'repaired', drift };
}

function wantedOf(drift: readonly Drift[]): object {
  return Object.fromEntries(drift.map(({ property, wanted }) => [property, wanted]));
}

/** @returns what the stream still lacks before a majority holds every message it acknowledges */
function missingReplicas(spec: StreamSpec, { cluster }: StreamInfo): string | undefined {
  if (spec.replicas === 1) return undefined;
  if (!cluster?.leader) return 'no leader';
  const behind = (cluster.replicas ?? []).filter((replica) => !replica.current || replica.offline);
  const absent = spec.replicas - 1 - (cluster.replicas ?? []).length;
  if (absent > 0) return `${absent} replica(s) not placed`;
  return behind.length > 0 ? `${behind.map((replica) => replica.name).join(', ')} not current` : undefined;
}

async function listStreams(manager: JetStreamManager): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of manager.streams.names()) names.push(name);
  return names;
}

/** Something that time alone will bring. */
class NotYetError extends Error {
  override readonly name = 'NotYetError';
}

/**
 * Repeats an idempotent request while brokers elect leaders. Only an answer that blames the request itself (a 4xx
 * status) ends it early.
 */
async function retryUntil<T>(options: {
  readonly what: string;
  readonly action: () => Promise<T>;
  readonly deadline: number;
  readonly now: () => number;
  readonly onWait: ((reason: string) => void) | undefined;
}): Promise<T> {
  const { what, action, deadline, now, onWait } = options;
  for (;;) {
    try {
      return await action();
    } catch (cause) {
      const reason = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
      if (isPermanent(cause)) throw new Error(reason, { cause });
      if (now() >= deadline) throw new Error(`the brokers were not ready in time; ${reason}`, { cause });
      onWait?.(reason);
    }
    await delay(pollMs);
  }
}

/** 400 is both "malformed" and "no suitable peers for placement", which passes once all brokers are known. */
const noSuitablePeers = 10_005;

function isPermanent(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    error.status >= 400 &&
    error.status < 500 &&
    error.code !== noSuitablePeers
  );
}

async function orAbsent<T>(request: Promise<T>, absentCode: number): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === absentCode) return undefined;
    throw error;
  }
}
